// The open conversation: whose it is, its lines, and the place to write.
import { ArrowLeftOutlined, IdcardOutlined, PoweroffOutlined, StarOutlined } from "@ant-design/icons";
import type { Card } from "@chatserver/client/agent.gen";
import { Button, Popconfirm, Tooltip } from "antd";
import { useCallback } from "react";
import { useDeskState } from "../../desk/react";
import { mayClose, mayInvite, mayTransfer, muteOf } from "../../desk/rights";
import type { DeskState } from "../../desk/state";
import { useT } from "../../i18n/words";
import { Face } from "../../look/Face";
import { useEnd, useInvite } from "./actions";
import { ChatLog } from "./ChatLog";
import { Composer } from "./Composer";
import { Muted } from "./Muted";
import { letterOf, nameOf } from "./names";
import { StateTag, VerifiedName, Waited } from "./marks";
import { Transfer } from "./Transfer";
import "./chat.css";

const meOf = (state: DeskState) => state.me;

interface Props {
  card: Card;
  back: () => void;
  showVisitor: () => void;
}

export function Chat({ card, back, showVisitor }: Props) {
  const t = useT();
  const me = useDeskState(meOf);
  const writing = useDeskState(useCallback((state: DeskState) => state.typing.has(card.id), [card.id]));
  const why = muteOf(card, me);
  return (
    <section className="chat" aria-label={nameOf(card, t)}>
      <ChatHead card={card} back={back} showVisitor={showVisitor} />
      <ChatLog card={card} />
      <p className="writing" role="status">
        {writing && card.phase !== "closed" && (
          <>
            <i />
            <i />
            <i />
            {t("visitor_typing")}
          </>
        )}
      </p>
      {why ? <Muted card={card} why={why} /> : <Composer conversation={card.id} />}
    </section>
  );
}

function ChatHead({ card, back, showVisitor }: Props) {
  const t = useT();
  const me = useDeskState(meOf);
  const inbox = useDeskState(useCallback((state: DeskState) => state.inboxes.get(card.inbox), [card.inbox]));
  const name = nameOf(card, t);
  return (
    <header className="chat-head">
      <Button className="chat-back" type="text" icon={<ArrowLeftOutlined />} aria-label={t("back")} onClick={back} />
      <Face id={card.contact.id} name={letterOf(card)} size={34} />
      <div className="chat-who">
        <h2>
          <span>{name}</span>
          <VerifiedName contact={card.contact} />
        </h2>
        <p>
          <StateTag card={card} />
          <span>{inbox ?? card.inbox}</span>
          <Waited card={card} />
        </p>
      </div>
      {mayInvite(card, me) && <Invite id={card.id} />}
      {mayTransfer(card, me) && <Transfer card={card} left={back} />}
      {mayClose(card, me) && <End card={card} name={name} />}
      <Tooltip title={t("show_visitor")}>
        <Button
          className="chat-info"
          type="text"
          icon={<IdcardOutlined />}
          aria-label={t("show_visitor")}
          onClick={showVisitor}
        />
      </Tooltip>
    </header>
  );
}

function Invite({ id }: { id: string }) {
  const t = useT();
  const [inviting, invite] = useInvite();
  const words = t("invite_rating");
  return (
    <Tooltip title={words}>
      <Button
        className="chat-invite"
        type="text"
        icon={<StarOutlined />}
        aria-label={words}
        loading={inviting}
        onClick={() => invite(id)}
      />
    </Tooltip>
  );
}

function End({ card, name }: { card: Card; name: string }) {
  const t = useT();
  const [ending, end] = useEnd();
  return (
    <Popconfirm
      placement="bottomRight"
      title={t("end_ask", { name })}
      description={t("end_lead")}
      okText={t("end_yes")}
      cancelText={t("cancel")}
      okButtonProps={{ danger: true }}
      onConfirm={() => end(card.id)}
    >
      <Button className="chat-end" icon={<PoweroffOutlined />} aria-label={t("end")} loading={ending}>
        {t("end")}
      </Button>
    </Popconfirm>
  );
}

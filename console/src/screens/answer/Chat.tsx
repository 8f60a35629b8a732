// The open conversation: whose it is, its lines, and the place to write.
import { ArrowLeftOutlined, IdcardOutlined, PoweroffOutlined, StarOutlined } from "@ant-design/icons";
import type { Card } from "@chatserver/client/agent.gen";
import { Button, Popconfirm, Tooltip } from "antd";
import { useCallback, useLayoutEffect, useRef } from "react";
import { isHandingOver } from "../../desk/offers";
import { useDeskState } from "../../desk/react";
import { mayClose, mayInvite, mayTransfer, muteOf } from "../../desk/rights";
import type { DeskState } from "../../desk/state";
import { useT } from "../../i18n/words";
import { Face } from "../../look/Face";
import { useEnd, useInvite } from "./actions";
import { ChatLog } from "./ChatLog";
import { Composer } from "./Composer";
import { HandingOver } from "./HandingOver";
import { Muted } from "./Muted";
import { letterOf, nameOf } from "./names";
import { StateTag, VerifiedName, Waited } from "./marks";
import { Transfer } from "./Transfer";
import "./chat.css";

const meOf = (state: DeskState) => state.me;

/** The button that answers whether a conversation shall end. */
const END = "end-yes";

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
      {isHandingOver(card, me?.id ?? "") && !why && <HandingOver card={card} />}
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
  const opener = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const button = opener.current;
    return () => {
      // The button goes with the conversation's end: on to the next one.
      if (![button, document.getElementById(END)].includes(document.activeElement as HTMLElement)) return;
      (document.getElementById("conversations") ?? document.getElementById("main"))?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <Popconfirm
      // The focus goes where the question is, and back: a key that opened it answers it.
      afterOpenChange={(open) => (open ? document.getElementById(END) : opener.current)?.focus()}
      placement="bottomRight"
      title={t("end_ask", { name })}
      description={t("end_lead")}
      okText={t("end_yes")}
      cancelText={t("cancel")}
      okButtonProps={{ danger: true, id: END }}
      onConfirm={() => end(card.id)}
    >
      <Button ref={opener} className="chat-end" icon={<PoweroffOutlined />} aria-label={t("end")} loading={ending}>
        {t("end")}
      </Button>
    </Popconfirm>
  );
}

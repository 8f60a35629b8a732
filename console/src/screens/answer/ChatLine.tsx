// One line of a chat: the visitor's on the left, ours on the right, notices in the middle, notes in amber.
import { CloseCircleFilled, LockFilled } from "@ant-design/icons";
import type { Item } from "@chatserver/client/agent.gen";
import { clock, day } from "@chatserver/client/time";
import { Button } from "antd";
import { memo } from "react";
import { useAtDesk } from "../../desk/react";
import type { Outgoing } from "../../desk/outbox";
import { refusalWords, useT } from "../../i18n/words";
import { usePreferences } from "../../preferences";
import { Content } from "./Content";
import type { Line } from "./lines";
import "./lines.css";

interface Props {
  line: Line;
  /** The visitor's name, for their lines. */
  visitor: string;
  /** The agent's own name, for lines that are still on their way. */
  own: string;
  /** The visitor has read our lines up to this seq. */
  readTo: number;
}

export const ChatLine = memo(function ChatLine({ line, visitor, own, readTo }: Props) {
  switch (line.kind) {
    case "day":
      return <Day at={line.at} />;
    case "outgoing":
      return <Going line={line.line} head={line.head} own={own} />;
    case "item":
      return (
        <Said item={line.item} head={line.head} tail={line.tail} visitor={visitor} read={line.item.seq <= readTo} />
      );
  }
});

function Day({ at }: { at: number }) {
  const { locale } = usePreferences();
  return <h3 className="day">{day(at, locale)}</h3>;
}

interface Saying {
  item: Item;
  head: boolean;
  tail: boolean;
  visitor: string;
  read: boolean;
}

function Said({ item, head, tail, visitor, read }: Saying) {
  const t = useT();
  const { locale } = usePreferences();
  const at = <time dateTime={new Date(item.at).toISOString()}>{clock(item.at, locale)}</time>;
  if (item.content.kind === "notice") {
    return (
      <p className="notice">
        <Content content={item.content} />
        {at}
      </p>
    );
  }
  const side = item.note ? "note" : item.by;
  const author = item.by === "visitor" ? visitor : item.name || t(item.by);
  return (
    <article className={`line line-${side}`} data-head={head}>
      <Author name={item.note ? t("note_of", { name: author }) : author} head={head} note={item.note} />
      <div className="bubble">
        <Content content={item.content} />
      </div>
      <footer className={tail ? "" : "hidden-words"}>
        {at}
        {side === "agent" && <span data-read={read}>{t(read ? "read" : "not_read")}</span>}
      </footer>
    </article>
  );
}

function Going({ line, head, own }: { line: Outgoing; head: boolean; own: string }) {
  const t = useT();
  const { locale } = usePreferences();
  return (
    <article className={`line line-${line.note ? "note" : "agent"}`} data-head={head} data-state={line.state}>
      <Author name={line.note ? t("note_of", { name: own }) : own} head={head} note={line.note} />
      <div className="bubble">
        <Content content={{ kind: "text", text: line.text }} />
      </div>
      <footer>
        <time>{clock(line.at, locale)}</time>
        {line.state === "sending" && <span>{t("sending")}</span>}
        {line.state === "failed" && <Failure line={line} />}
      </footer>
    </article>
  );
}

function Failure({ line }: { line: Outgoing }) {
  const t = useT();
  const { desk } = useAtDesk();
  const { locale } = usePreferences();
  return (
    <span className="failure" role="alert">
      <CloseCircleFilled />
      {t("failed")}
      {line.code && ` · ${refusalWords(line.code, line.data, locale)}`}
      <Button type="link" size="small" onClick={() => desk.retry(line.id)}>
        {t("retry")}
      </Button>
      <Button type="link" size="small" onClick={() => desk.discard(line.id)}>
        {t("discard")}
      </Button>
    </span>
  );
}

/** In text for each line: who listens instead of looking needs it on those without a head, too. */
function Author({ name, head, note }: { name: string; head: boolean; note: boolean }) {
  return (
    <span className={head ? "author" : "hidden-words"}>
      {note && <LockFilled />}
      {name}
    </span>
  );
}

// The lines of the open conversation: history above, what is on its way below, and a way back to the newest.
import { DownOutlined } from "@ant-design/icons";
import type { Card } from "@chatserver/client/agent.gen";
import { Button, Spin } from "antd";
import { useCallback, useEffect, useMemo } from "react";
import { useAtDesk, useDeskState } from "../../desk/react";
import { EMPTY_TIMELINE, type DeskState, type Timeline } from "../../desk/state";
import { useT } from "../../i18n/words";
import { ChatLine } from "./ChatLine";
import { linesOf, type Line } from "./lines";
import { nameOf } from "./names";
import { useSticky } from "./sticky";
import { useVisible } from "./visible";

const outboxOf = (state: DeskState) => state.outbox;
const meOf = (state: DeskState) => state.me;

export function ChatLog({ card }: { card: Card }) {
  const t = useT();
  const { desk, name } = useAtDesk();
  const { id } = card;
  const me = useDeskState(meOf);
  const timeline = useDeskState(useCallback((state: DeskState) => state.timelines.get(id) ?? EMPTY_TIMELINE, [id]));
  const lines = useLines(id, timeline);
  const older = useCallback(() => desk.older(id), [desk, id]);
  const { log, below, away, onScroll, toEnd } = useSticky(lines, older);
  useSeen(card, lines);
  const visitor = nameOf(card, t);
  return (
    <div className="log-place">
      <div
        ref={log}
        className="log"
        role="log"
        aria-label={t("chat")}
        aria-busy={timeline.load === "loading"}
        tabIndex={0}
        onScroll={onScroll}
      >
        <Above load={timeline.load} more={timeline.more} older={older} some={lines.length > 0} />
        {lines.map((line) => (
          <ChatLine
            key={line.key}
            line={line}
            visitor={visitor}
            own={me?.nickname || me?.name || name}
            readTo={card.visitor_read}
          />
        ))}
      </div>
      {away && <ToEnd below={below} toEnd={toEnd} />}
    </div>
  );
}

function useLines(id: string, { items }: Timeline): readonly Line[] {
  const outbox = useDeskState(outboxOf);
  return useMemo(() => {
    const going = outbox.filter((line) => line.conversation === id);
    return linesOf(items, going);
  }, [items, outbox, id]);
}

/** What stands on a page that somebody looks at has been read, if it is theirs to read. */
function useSeen({ id, agent, unread }: Card, lines: readonly Line[]): void {
  const { desk } = useAtDesk();
  const visible = useVisible();
  const mine = useDeskState(meOf)?.id === agent;
  useEffect(() => {
    if (visible && mine && unread > 0) desk.seen(id);
  }, [visible, mine, unread, lines, desk, id]);
}

function ToEnd({ below, toEnd }: { below: number; toEnd: () => void }) {
  const t = useT();
  const type = below ? "primary" : "default";
  return (
    <Button className="to-end" shape="round" size="small" type={type} icon={<DownOutlined />} onClick={toEnd}>
      {below ? t("new_lines", { n: below }) : t("to_bottom")}
    </Button>
  );
}

function Above({ load, more, older, some }: { load: string; more: boolean; older: () => void; some: boolean }) {
  const t = useT();
  if (load === "loading")
    return (
      <div className="above">
        <Spin size="small" /> {t("loading")}
      </div>
    );
  if (load === "failed")
    return (
      <p className="above" role="alert">
        {t("load_failed")}
        <Button type="link" size="small" onClick={older}>
          {t("retry")}
        </Button>
      </p>
    );
  if (more)
    return (
      <p className="above">
        <Button type="link" size="small" onClick={older}>
          {t("load_older")}
        </Button>
      </p>
    );
  return load === "ready" ? <p className="above">{t(some ? "the_start" : "no_words")}</p> : null;
}

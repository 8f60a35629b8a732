// The lines, and where the visitor looks: at the end it follows, further up it stays and tells what came below.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ChatState } from "../chat";
import { rows } from "../rows";
import { day } from "../time";
import { Icon } from "./icons";
import { Line } from "./line";
import type { Ui } from "./ui";

/** Nearer than this to the end counts as being at the end. */
const NEAR = 60;

/** Keeps the eye where it was: at the end when it was there, on the same line when older ones come in above. */
function useScroll(first: string | undefined, count: number, written: number, open: boolean, typing: boolean) {
  const box = useRef<HTMLDivElement>(null);
  const was = useRef({ first, count, written, height: 0 });
  const [away, setAway] = useState(false);
  const follow = useRef(true);
  const [fresh, setFresh] = useState(0);

  const toEnd = () => {
    const element = box.current;
    if (element) element.scrollTop = element.scrollHeight;
  };
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const before = was.current;
    const above = before.first !== first && before.first !== undefined;
    if (written > before.written) follow.current = true; // whoever writes wants to see it
    if (follow.current) toEnd();
    else if (above) element.scrollTop += element.scrollHeight - before.height;
    else if (count > before.count) setFresh(fresh + count - before.count);
    was.current = { first, count, written, height: element.scrollHeight };
  }, [first, count, written, open, typing]);
  useEffect(() => {
    const element = box.current;
    if (!element || !globalThis.ResizeObserver) return;
    // The keyboard came up, the composer grew, or a form that was fetched took its place among the lines.
    const observer = new ResizeObserver(() => follow.current && toEnd());
    observer.observe(element);
    if (element.firstElementChild) observer.observe(element.firstElementChild);
    return () => observer.disconnect();
  }, []);

  const onScroll = () => {
    const element = box.current!;
    const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    // An end that moved away because a line grew is not a visitor who scrolled up.
    follow.current = near || (follow.current && element.scrollHeight !== was.current.height);
    was.current.height = element.scrollHeight;
    setAway(!follow.current);
    if (follow.current) setFresh(0);
  };
  const jump = () => {
    follow.current = true;
    toEnd();
    box.current?.focus();
  };
  return { box, away, fresh, onScroll, jump };
}

export function Log({ chat, t, language, state }: Ui & { state: ChatState }) {
  const all = rows(state);
  const { box, away, fresh, onScroll, jump } = useScroll(all[0]?.key, all.length, state.letters.length, state.open, state.typing);
  const { asks, rates } = state.conversation ?? {};
  const ui = { chat, t, language };
  const empty = state.welcomed && !all.length;
  return (
    <div class="stage">
      <div class="log" role="log" aria-live="polite" aria-busy={state.loading || !state.welcomed} aria-label={t("log")}
        tabIndex={0} ref={box} onScroll={onScroll}>
        <div class="lines">
          {state.more && (
            <button type="button" class="older" disabled={state.loading} onClick={() => chat.older()}>
              {t(state.loading ? "loading" : "older")}
            </button>
          )}
          {!state.welcomed && !all.length && <i class="spinner" aria-hidden="true" />}
          {empty && <p class="empty"><Icon name="chat" />{t("welcome")}</p>}
          {all.map((row) =>
            row.is === "day"
              ? <p class="day" key={row.key}><span>{day(row.at, language.locale)}</span></p>
              : <Line key={row.key} {...ui} row={row} asked={row.item.id === asks || row.item.id === rates} />)}
          {state.typing && (
            <p class="typing">
              <span class="vh">{state.conversation?.agent?.name} {t("typing")}</span>
              <i /><i /><i />
            </p>
          )}
        </div>
      </div>
      {away && (
        <button type="button" class={fresh ? "pill" : "pill round"} onClick={jump} aria-label={fresh ? undefined : t("bottom")}>
          <Icon name="down" />
          {fresh > 0 && t("fresh", { n: fresh })}
        </button>
      )}
    </div>
  );
}

// Scrolling of a chat: stays at the newest line while the agent is there, stays where they are while they read back.
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import type { Line } from "./lines";

/** Pixels from the end that still count as "at the end". */
const NEAR = 60;
/** Pixels from the top at which older lines are fetched, before the agent meets the edge. */
const EARLY = 160;

interface Sticky {
  readonly log: RefObject<HTMLDivElement | null>;
  /** New lines below what is in sight. */
  readonly below: number;
  readonly away: boolean;
  readonly onScroll: () => void;
  readonly toEnd: () => void;
}

export function useSticky(lines: readonly Line[], older: () => void): Sticky {
  const log = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const seen = useRef({ first: "", last: "", height: 0, count: 0 });
  const [below, setBelow] = useState(0);
  const [away, setAway] = useState(false);

  useLayoutEffect(() => {
    const box = log.current;
    if (!box) return;
    const was = seen.current;
    const first = lines.find((line) => line.kind !== "day")?.key ?? "";
    const newest = lines.at(-1);
    const last = newest?.key ?? "";
    // Older lines came in above: what the agent was reading must not move.
    if (was.first && first !== was.first && !stuck.current) box.scrollTop += box.scrollHeight - was.height;
    const grew = last !== was.last;
    if (stuck.current || (grew && newest?.kind === "outgoing")) box.scrollTop = box.scrollHeight;
    else if (grew) setBelow((n) => n + Math.max(1, lines.length - was.count));
    seen.current = { first, last, height: box.scrollHeight, count: lines.length };
  }, [lines]);

  useEffect(() => {
    const box = log.current;
    if (!box || typeof ResizeObserver === "undefined") return;
    // The composer grows, a bar appears: the newest line stays in sight.
    const watch = new ResizeObserver(() => {
      if (stuck.current) box.scrollTop = box.scrollHeight;
    });
    watch.observe(box);
    return () => watch.disconnect();
  }, []);

  const onScroll = useCallback(() => {
    const box = log.current;
    if (!box) return;
    stuck.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    setAway(!stuck.current);
    if (stuck.current) setBelow(0);
    if (box.scrollTop < EARLY && box.scrollHeight > box.clientHeight) older();
  }, [older]);

  const toEnd = useCallback(() => log.current?.scrollTo({ top: log.current.scrollHeight }), []);
  return { log, below, away, onScroll, toEnd };
}

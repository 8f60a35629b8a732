// Tells the visitor that the agent is writing: at most every two seconds, and that it stopped after a pause.
import { useCallback, useEffect, useRef } from "react";
import type { Desk } from "../../desk/desk";

const EVERY_MS = 2_000;
const IDLE_MS = 4_000;

/** Call the result at each keystroke with `true`, with `false` when the line is sent. */
export function useTyping(desk: Desk, conversation: string): (on: boolean) => void {
  const told = useRef(0);
  const idle = useRef<ReturnType<typeof setTimeout>>(undefined);
  const stop = useCallback(() => {
    clearTimeout(idle.current);
    if (told.current) desk.typing(conversation, false);
    told.current = 0;
  }, [desk, conversation]);
  useEffect(() => stop, [stop]);
  return useCallback(
    (on) => {
      if (!on) return stop();
      clearTimeout(idle.current);
      idle.current = setTimeout(stop, IDLE_MS);
      const now = Date.now();
      if (now - told.current < EVERY_MS) return;
      told.current = now;
      desk.typing(conversation, true);
    },
    [desk, conversation, stop],
  );
}

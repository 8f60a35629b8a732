// Everything between the header and the composer: what is wrong, the queue, the lines, the end.
import { isLocked, type ChatState } from "../chat";
import { Later } from "./later";
import { Log } from "./log";
import { Queue } from "./queue";
import type { Ui } from "./ui";

interface Props extends Ui {
  state: ChatState;
  /** The visitor pressed "end" and is asked whether they mean it. */
  asking: boolean;
  onAnswered: () => void;
}

export function Talk({ state, asking, onAnswered, ...ui }: Props) {
  const closed = state.conversation?.phase === "closed";
  if (isLocked(state) && state.why) return <Later part="Sorry" of={state.why} language={ui.language} />;
  return (
    <>
      <StatusBar {...ui} state={state} />
      <Queue {...ui} conversation={state.conversation} />
      <Log {...ui} state={state} />
      {asking && !closed && <Later part="Sure" {...ui} onDone={onAnswered} />}
      {closed && <Later part="Ended" {...ui} />}
    </>
  );
}

/** What is wrong, if something is. A region that always stands, so that screen readers notice when words come into it. */
function StatusBar({ state, t, language }: Ui & { state: ChatState }) {
  const { status, why, problem } = state;
  const trouble = status === "denied" ? why : problem;
  const words = status === "offline" || status === "connecting" ? t(status) : trouble && <Later part="Why" of={trouble} language={language} meanwhile="" />;
  return (
    <div role="status">
      {words && (
        <p class={status === "connecting" ? "bar calm" : "bar"}>
          {words}
        </p>
      )}
    </div>
  );
}

// Everything between the header and the composer: what is wrong, the queue, the lines, the end. Brings its own style.
import { isLocked, type ChatState } from "../chat";
import { reason } from "../sentences";
import { Ended, Sure } from "./ending";
import { Log } from "./log";
import { Queue } from "./queue";
import { Sorry } from "./sorry";
import { StatusBar } from "./status";
import css from "./talk.css?inline";
import type { Ui } from "./ui";

interface Props extends Ui {
  state: ChatState;
  /** The visitor pressed "end" and is asked whether they mean it. */
  asking: boolean;
  onAnswered: () => void;
}

export function Talk({ state, asking, onAnswered, ...ui }: Props) {
  const closed = state.conversation?.phase === "closed";
  if (isLocked(state) && state.why) return <Sorry words={reason(state.why, ui.language)} />;
  return (
    <div class="talk" ref={wear}>
      <StatusBar {...ui} state={state} />
      <Queue {...ui} conversation={state.conversation} />
      <Log {...ui} state={state} />
      {asking && !closed && <Sure {...ui} onDone={onAnswered} />}
      {closed && <Ended {...ui} />}
    </div>
  );
}

let sheet: CSSStyleSheet | undefined;

/** Puts the style where the element is: in the page, or in the widget's shadow root. */
function wear(element: HTMLElement | null): void {
  if (!element) return;
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
  const root = element.getRootNode() as Document | ShadowRoot;
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

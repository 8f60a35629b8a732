// The end of a conversation: the question before it, and the way to a new one after it.
import { say } from "../words/rest";
import { styled } from "./styled";
import type { Ui } from "./ui";

/** Asks before the visitor ends the conversation; Escape means no. */
export function Sure({ chat, t, language, onDone }: Ui & { onDone: () => void }) {
  const words = say("endSure", language);
  const end = () => {
    void chat.attempt(chat.act("close", {}));
    onDone();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onDone();
  };
  return (
    <div class="foot" role="alertdialog" aria-label={words} onKeyDown={onKeyDown} ref={begin}>
      <span>{words}</span>
      <button type="button" class="quiet" onClick={onDone}>{say("cancel", language)}</button>
      <button type="button" class="danger" onClick={end}>{t("end")}</button>
    </div>
  );
}

/** The safe answer has the focus. */
function begin(question: HTMLElement | null): void {
  styled(question);
  question?.querySelector("button")?.focus();
}

export function Ended({ chat, language }: Ui) {
  return (
    <div class="foot" ref={styled}>
      <span>{say("ended", language)}</span>
      <button type="button" class="primary" onClick={() => chat.begin()}>{say("begin", language)}</button>
    </div>
  );
}

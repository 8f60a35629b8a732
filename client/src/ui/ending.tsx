// The end of a conversation: the question before it, and the way to a new one after it.
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Ui } from "./ui";

/** Asks before the visitor ends the conversation; Escape means no. */
export function Sure({ chat, t, onDone }: Ui & { onDone: () => void }) {
  const no = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => no.current?.focus(), []);
  const end = () => {
    void chat.end();
    onDone();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onDone();
  };
  return (
    <div class="foot" role="alertdialog" aria-label={t("endSure")} onKeyDown={onKeyDown}>
      <span>{t("endSure")}</span>
      <button type="button" class="quiet" ref={no} onClick={onDone}>{t("cancel")}</button>
      <button type="button" class="danger" onClick={end}>{t("end")}</button>
    </div>
  );
}

export function Ended({ chat, t }: Ui) {
  return (
    <div class="foot">
      <span>{t("ended")}</span>
      <button type="button" class="primary" onClick={() => chat.begin()}>{t("begin")}</button>
    </div>
  );
}

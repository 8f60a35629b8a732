// Where the visitor writes. Enter sends, but never the Enter that picks a word in an input method.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icons";
import type { Ui } from "./ui";

/** The server's limit for one message. */
const LIMIT = 4000;
/** From here on the counter shows. */
const NEAR_LIMIT = 3800;

interface Props extends Ui {
  closed: boolean;
  open: boolean;
  /** Focus on opening; on a phone's page that would raise the keyboard over the greeting. */
  eager: boolean;
}

export function Composer({ chat, t, closed, open, eager }: Props) {
  const [text, setText] = useState("");
  const box = useRef<HTMLTextAreaElement>(null);
  const length = [...text].length;
  const sendable = text.trim() !== "" && length <= LIMIT;

  useLayoutEffect(() => {
    if (open && eager) box.current?.focus();
  }, [open]);
  useLayoutEffect(() => {
    const element = box.current!;
    element.style.height = "auto";
    if (element.scrollHeight) element.style.height = `${element.scrollHeight}px`; // 0 while the window is hidden
  }, [text, open]);

  const send = () => {
    if (!sendable) return;
    chat.say(text.trim());
    setText("");
    box.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // 229: Safari ends the composition before the keydown of the Enter that ended it.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    send();
  };
  const left = LIMIT - length;
  return (
    <form class="composer" onSubmit={(event) => { event.preventDefault(); send(); }}>
      <div class="pad">
        <textarea ref={box} rows={1} value={text} placeholder={t(closed ? "composeNew" : "compose")} aria-label={t("compose")}
          enterkeyhint="send" onKeyDown={onKeyDown}
          onInput={(event) => { setText(event.currentTarget.value); chat.types(); }} />
        <button class="send" aria-label={t("send")} disabled={!sendable}><Icon name="send" /></button>
      </div>
      {length > NEAR_LIMIT && (
        <p class={left < 0 ? "counter over" : "counter"} role="status">
          {left < 0 ? t("over", { n: -left }) : t("left", { n: left })}
        </p>
      )}
    </form>
  );
}

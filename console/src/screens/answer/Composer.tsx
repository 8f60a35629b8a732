// Where the agent writes: a reply to the visitor or a note for colleagues. Enter is safe while an input method
// composes.
import { LockOutlined, SendOutlined } from "@ant-design/icons";
import { Button, Segmented } from "antd";
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { useAtDesk } from "../../desk/react";
import { draft, useDraft } from "../../drafts";
import { useT } from "../../i18n/words";
import { usePreferences } from "../../preferences";
import { useTyping } from "./typing";
import "./composer.css";

/** Characters, counted as the server counts them. */
export const MAX_TEXT = 4000;
/** The counter appears when it begins to matter. */
const COUNT_FROM = 200;

type Mode = "reply" | "note";

export function Composer({ conversation }: { conversation: string }) {
  const t = useT();
  const { desk } = useAtDesk();
  const { sendBy } = usePreferences();
  const text = useDraft(conversation);
  const [mode, setMode] = useState<Mode>("reply");
  const typing = useTyping(desk, conversation);
  const box = useGrowing(text);
  useEffect(() => focusWhenFree(box.current), [box]);
  const left = MAX_TEXT - [...text.trim()].length;
  const can = text.trim() !== "" && left >= 0;

  const send = () => {
    if (!can) return;
    typing(false);
    desk.say(conversation, text.trim(), mode === "note");
    draft(conversation, "");
  };
  const write = (words: string) => {
    draft(conversation, words);
    if (mode === "reply") typing(words !== "");
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Escape") return event.currentTarget.blur();
    if (!sends(event, sendBy)) return;
    event.preventDefault();
    send();
  };
  return (
    <section className="composer" data-mode={mode} aria-label={t(mode)}>
      <ModeSwitch mode={mode} setMode={(to) => (setMode(to), box.current?.focus())} />
      <textarea
        ref={box}
        id="composer"
        rows={1}
        value={text}
        aria-label={t(mode === "note" ? "note_hint" : "reply_hint")}
        placeholder={t(mode === "note" ? "note_hint" : "reply_hint")}
        aria-invalid={left < 0}
        onChange={(event) => write(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={() => typing(false)}
      />
      <div className="composer-foot">
        <span className="composer-hint">{t(sendBy === "enter" ? "newline_enter" : "newline_ctrl")}</span>
        {left < COUNT_FROM && <Left n={left} />}
        <Button
          type="primary"
          icon={mode === "note" ? <LockOutlined /> : <SendOutlined />}
          disabled={!can}
          onClick={send}
        >
          {t(mode === "note" ? "add_note" : "send")}
        </Button>
      </div>
    </section>
  );
}

/**
 * As high as its words; the style sheet sets the limits. (antd's own measures by an inline style that the page's
 * CSP refuses.)
 */
function useGrowing(text: string) {
  const box = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const area = box.current;
    if (!area) return;
    area.style.blockSize = "auto";
    area.style.blockSize = `${area.scrollHeight}px`;
  }, [text]);
  return box;
}

/**
 * An opened conversation is there to be answered. But focus is not taken from somebody who writes elsewhere, nor on a
 * touch screen, where it opens the keyboard over the words that the agent came to read.
 */
function focusWhenFree(area: HTMLTextAreaElement | null): void {
  if (matchMedia("(pointer: coarse)").matches || document.activeElement?.matches("input, textarea")) return;
  area?.focus({ preventScroll: true });
}

function ModeSwitch({ mode, setMode }: { mode: Mode; setMode: (mode: Mode) => void }) {
  const t = useT();
  const options = [
    { value: "reply" as const, label: t("reply") },
    { value: "note" as const, label: t("note"), icon: <LockOutlined /> },
  ];
  return <Segmented<Mode> size="small" aria-label={t("mode")} value={mode} onChange={setMode} options={options} />;
}

function Left({ n }: { n: number }) {
  const t = useT();
  return (
    <span className="composer-left" data-over={n < 0} role="status">
      {n < 0 ? t("too_long", { n: -n }) : t("left", { n })}
    </span>
  );
}

/** Whether this key sends: Ctrl+Enter always does, Enter by choice, and never while an input method composes. */
function sends(event: KeyboardEvent<HTMLTextAreaElement>, sendBy: "enter" | "ctrl_enter"): boolean {
  // 229 is what Safari reports for the Enter that ends a composition.
  if (event.key !== "Enter" || event.nativeEvent.isComposing || event.keyCode === 229) return false;
  if (event.ctrlKey || event.metaKey) return true;
  return sendBy === "enter" && !event.shiftKey && !event.altKey;
}

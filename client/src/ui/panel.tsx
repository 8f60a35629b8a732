// The whole window, in a corner of a shop or filling a phone. Puts the parts together and holds what only the window knows.
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { isLocked, type Chat, type ChatState } from "../chat";
import { learn, type Language } from "../i18n";
import { Composer } from "./composer";
import { Header } from "./header";
import { later } from "./later";

/** Comes while the connection is made, so nobody waits for it. */
const Talk = later(() => import("./talk").then((part) => part.Talk), <div class="stage"><i class="spinner" /></div>);

export interface PanelProps {
  chat: Chat;
  /** The language until the inbox is known. */
  language: Language;
  /** The site insists on the language, whatever the inbox says. */
  fixed: boolean;
  /** Absent where the window cannot be closed. */
  onClose?: () => void;
}

export function Panel({ chat, language: first, fixed, onClose }: PanelProps) {
  const [state, setState] = useState<ChatState>(chat.state);
  const [asking, setAsking] = useState(false);
  useLayoutEffect(() => chat.subscribe(setState), [chat]);

  const [language, setLanguage] = useState(first);
  const wish = fixed ? first.locale : (state.inbox?.locale ?? first.locale);
  // Without the other language's words the first ones stay.
  useEffect(() => void learn(wish).then(setLanguage, () => {}), [wish]);
  const ui = { chat, language, t: language.t };
  const phase = state.conversation?.phase;
  const closed = phase === "closed";
  const locked = isLocked(state);
  const title = state.inbox?.title || ui.t("title");
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !event.isComposing) onClose?.();
  };
  return (
    <section class="panel" lang={language.locale} hidden={!state.open} role={onClose ? "dialog" : "region"} aria-label={title}
      onKeyDown={onKeyDown}>
      <Header {...ui} state={state} sound={state.sound} onSound={() => chat.setSound(!state.sound)}
        onEnd={() => setAsking(true)} onClose={onClose} />
      <Talk {...ui} state={state} asking={asking} onAnswered={() => setAsking(false)} />
      {!locked && <Composer {...ui} closed={closed} open={state.open} eager={!!onClose} />}
    </section>
  );
}

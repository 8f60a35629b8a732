// The whole window, in a corner of a shop or filling a phone. Puts the parts together and holds what only the window knows.
import { Component } from "preact";
import { isLocked, type Chat, type ChatState } from "../chat";
import { learn, type Language, type Locale } from "../i18n";
import { Composer } from "./composer";
import { Header } from "./header";
import { Talk } from "./talk";

export interface PanelProps {
  chat: Chat;
  /** The language until the inbox is known. */
  language: Language;
  /** The site insists on the language, whatever the inbox says. */
  fixed: boolean;
  /** Absent where the window cannot be closed. */
  onClose?: () => void;
}

interface PanelState {
  now: ChatState;
  language: Language;
  /** The visitor pressed "end" and is asked whether they mean it. */
  asking: boolean;
}

export class Panel extends Component<PanelProps, PanelState> {
  override state: PanelState = { now: this.props.chat.state, language: this.props.language, asking: false };
  #wish: Locale = this.props.language.locale;

  override componentDidMount(): void {
    this.props.chat.subscribe((now) => {
      this.setState({ now });
      if (now.inbox && !this.props.fixed) this.#speak(now.inbox.locale);
    });
  }

  /** Without the other language's words the first ones stay. */
  #speak(wish: Locale): void {
    if (wish === this.#wish) return;
    this.#wish = wish;
    learn(wish).then((language) => this.setState({ language }), () => {});
  }

  override render({ chat, onClose }: PanelProps, { now, language, asking }: PanelState) {
    const ui = { chat, language, t: language.t };
    const ask = (asking: boolean) => this.setState({ asking });
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.isComposing) onClose?.();
    };
    return (
      <section class="panel" lang={language.locale} hidden={!now.open} role={onClose ? "dialog" : "region"}
        aria-label={now.inbox?.title || ui.t("title")} onKeyDown={onKeyDown}>
        <Header {...ui} state={now} onEnd={() => ask(true)} onClose={onClose} />
        <Talk {...ui} state={now} asking={asking} onAnswered={() => ask(false)} />
        {!isLocked(now) && <Composer {...ui} closed={now.conversation?.phase === "closed"} open={now.open} eager={!!onClose} />}
      </section>
    );
  }
}

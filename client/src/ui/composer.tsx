// Where the visitor writes. Enter sends, but never the Enter that picks a word in an input method.
import { Component, createRef } from "preact";
import { Icon } from "./icons";
import { Later } from "./later";
import type { Ui } from "./ui";

/** The server's limit for one message. */
const LIMIT = 4000;
/** With fewer characters left the counter shows. */
const NEAR = 200;

interface Props extends Ui {
  closed: boolean;
  open: boolean;
  /** Focus on opening; on a phone's page that would raise the keyboard over the greeting. */
  eager: boolean;
}

export class Composer extends Component<Props, { text: string }> {
  override state = { text: "" };
  #box = createRef<HTMLTextAreaElement>();

  override componentDidMount(): void {
    this.componentDidUpdate({ open: false });
  }

  override componentDidUpdate(before: { open: boolean }): void {
    const { open, eager } = this.props;
    const box = this.#box.current!;
    if (open && !before.open && eager) box.focus();
    box.style.height = "auto";
    if (box.scrollHeight) box.style.height = `${box.scrollHeight}px`; // 0 while the window is hidden
  }

  #left(): number {
    return LIMIT - [...this.state.text].length;
  }

  #sendable(): boolean {
    return this.state.text.trim() !== "" && this.#left() >= 0;
  }

  #send = (event: Event): void => {
    event.preventDefault();
    if (!this.#sendable()) return;
    this.props.chat.say(this.state.text.trim());
    this.setState({ text: "" });
    this.#box.current?.focus();
  };

  #onKeyDown = (event: KeyboardEvent): void => {
    // 229: Safari ends the composition before the keydown of the Enter that ended it.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key === "Enter" && !event.shiftKey && !composing) this.#send(event);
  };

  override render({ chat, t, language, closed }: Props, { text }: { text: string }) {
    const left = this.#left();
    return (
      <form class="composer" onSubmit={this.#send}>
        <div class="pad">
          <textarea ref={this.#box} rows={1} value={text} placeholder={t(closed ? "composeNew" : "compose")} aria-label={t("compose")}
            enterkeyhint="send" onKeyDown={this.#onKeyDown}
            onInput={(event) => {
              this.setState({ text: event.currentTarget.value });
              chat.types(event.currentTarget.value);
            }} />
          <button class="send" aria-label={t("send")} disabled={!this.#sendable()}><Icon name="send" /></button>
        </div>
        {left < NEAR && <Later part="Counter" left={left} language={language} meanwhile="" />}
      </form>
    );
  }
}

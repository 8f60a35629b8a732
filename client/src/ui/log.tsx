// The lines, and where the visitor looks: at the end it follows, further up it stays and tells what came below.
import { Component, createRef } from "preact";
import type { ChatState } from "../chat";
import { rows } from "../rows";
import { Icon } from "./icons";
import { Later } from "./later";
import { Line } from "./line";
import type { Ui } from "./ui";

/** Nearer than this to the end counts as being at the end. */
const NEAR = 60;

interface Props extends Ui {
  state: ChatState;
}

interface Place {
  /** The newest line when the visitor scrolled away from the end; null for who is there. */
  left: number | null;
}

/**
 * The box scrolls from its end (`column-reverse`): 0 is the newest line, and the browser itself stays there when lines
 * come, grow or make room for a keyboard. Only who has scrolled up is kept in place here.
 */
export class Log extends Component<Props, Place> {
  override state: Place = { left: null };
  #box = createRef<HTMLDivElement>();

  /** How far from the oldest line the view ends. */
  override getSnapshotBeforeUpdate(): number {
    return this.#box.current!.scrollHeight + this.#box.current!.scrollTop;
  }

  override componentDidUpdate({ state: before }: Props, _: Place, seen: number): void {
    const box = this.#box.current!;
    const { items, letters } = this.props.state;
    const below = items[0]?.seq === before.items[0]?.seq; // what came above changes nothing seen from the end
    if (letters.length > before.letters.length) box.scrollTop = 0; // whoever writes wants to see it
    else if (this.state.left !== null && below) box.scrollTop = seen - box.scrollHeight;
  }

  #onScroll = (): void => {
    const away = this.#box.current!.scrollTop < -NEAR;
    if (away !== (this.state.left !== null)) this.setState({ left: away ? (this.props.state.items.at(-1)?.seq ?? 0) : null });
  };

  #jump = (): void => {
    this.#box.current!.scrollTop = 0;
    this.#box.current!.focus();
  };

  override render({ chat, t, language, state }: Props, { left }: Place) {
    const { conversation, welcomed, items } = state;
    const all = rows(state);
    const fresh = items.filter((item) => item.seq > (left ?? Infinity)).length;
    return (
      <div class="stage">
        <div class="log" role="log" aria-live="polite" aria-busy={!welcomed} aria-label={t("log")}
          tabIndex={0} ref={this.#box} onScroll={this.#onScroll}>
          <div class="lines">
            {state.more && items[0] && <Later part="Older" {...{ chat, t, language }} before={items[0].seq} />}
            {!all.length && (welcomed ? <p class="empty">{t("welcome")}</p> : <i />)}
            {all.map((row) => (
              <Line key={row.item.id} {...{ chat, t, language, row }} asked={[conversation?.asks, conversation?.rates].includes(row.item.id)} />
            ))}
            {state.typing && (
              <p class="typing">
                <span class="vh">{conversation?.agent?.name} {t("typing")}</span>
                <i /><i /><i />
              </p>
            )}
          </div>
        </div>
        {left !== null && (
          <button class="pill" onClick={this.#jump}>
            <Icon name="down" />
            {fresh ? t("fresh", { n: fresh }) : t("bottom")}
          </button>
        )}
      </div>
    );
  }
}

// 引导菜单: choices to tap while the conversation asks; afterwards a quiet list with the taken one marked.
import { Component } from "preact";
import type { MenuContent } from "../visitor.gen";
import { Icon } from "./icons";
import type { Ui } from "./ui";

interface Props extends Ui {
  id: string;
  menu: MenuContent;
  asked: boolean;
  chosen: string | null;
}

export class Menu extends Component<Props, { pending: string }> {
  override state = { pending: "" };

  async #choose(option: string, button: HTMLElement): Promise<void> {
    const { chat, id } = this.props;
    // The button is about to go: the focus stays in the conversation instead of falling out of the page.
    button.closest<HTMLElement>("[role=log]")?.focus();
    this.setState({ pending: option });
    if (!(await chat.attempt(chat.act("choose", { item: id, option })))) this.setState({ pending: "" });
  }

  override render({ menu, asked, chosen }: Props, { pending }: { pending: string }) {
    if (asked) {
      return (
        <div class="menu">
          {menu.options.map(({ key, label }) => (
            <button key={key} disabled={!!pending} aria-busy={pending === key}
              onClick={(event) => this.#choose(key, event.currentTarget)}>
              <span>{label}</span>
              <Icon name="next" />
            </button>
          ))}
        </div>
      );
    }
    return (
      <ul class="menu past">
        {menu.options.map(({ key, label }) => {
          const taken = key === (chosen ?? pending);
          return (
            <li key={key} aria-current={taken || undefined}>
              <span>{label}</span>
              {taken && <Icon name="check" />}
            </li>
          );
        })}
      </ul>
    );
  }
}

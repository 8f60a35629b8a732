// 引导菜单: choices to tap while the conversation asks; afterwards a quiet list with the taken one marked.
import { useState } from "preact/hooks";
import type { MenuContent } from "../visitor.gen";
import { Icon } from "./icons";
import type { Ui } from "./ui";

interface Props extends Ui {
  id: string;
  menu: MenuContent;
  asked: boolean;
  chosen: string | null;
}

export function Menu({ chat, t, id, menu, asked, chosen }: Props) {
  const [pending, setPending] = useState("");
  const choose = async (option: string, button: HTMLElement) => {
    // The button is about to go: the focus stays in the conversation instead of falling out of the page.
    button.closest<HTMLElement>("[role=log]")?.focus();
    setPending(option);
    if (!(await chat.choose(id, option))) setPending("");
  };
  if (asked) {
    return (
      <div class="menu">
        {menu.options.map(({ key, label }) => (
          <button type="button" key={key} disabled={!!pending} aria-busy={pending === key} onClick={(event) => choose(key, event.currentTarget)}>
            <span>{label}</span>
            <Icon name="next" />
          </button>
        ))}
      </div>
    );
  }
  const mark = chosen ?? (pending || null);
  return (
    <ul class="menu past">
      {menu.options.map(({ key, label }) => (
        <li key={key} class={key === mark ? "taken" : ""}>
          <span>{label}</span>
          {key === mark && <Icon name="check" />}
          {key === mark && <span class="vh">{t("chosen")}</span>}
        </li>
      ))}
    </ul>
  );
}

// One line of the conversation. Lines are replaced, never changed, so one whose parts are the same is not drawn again.
import { Component, type ComponentChildren } from "preact";
import { sentence } from "../sentences";
import { Markup } from "../md";
import type { Row } from "../rows";
import { clock, date } from "../time";
import type { NoticeContent } from "../visitor.gen";
import { Face } from "./face";
import { Later } from "./later";
import { Menu } from "./menu";
import type { Ui } from "./ui";

interface Props extends Ui {
  row: Row;
  /** The conversation awaits an answer to this menu, form or survey. */
  asked: boolean;
}

export class Line extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    const { row, asked, language } = this.props;
    const parts = Object.keys(row) as (keyof Row)[];
    return asked !== next.asked || language !== next.language || parts.some((part) => row[part] !== next.row[part]);
  }

  override render(props: Props) {
    const { row, language } = props;
    return (
      <>
        {row.day && <p class="day">{date(row.item.at, language.locale)}</p>}
        {row.item.content.kind === "notice" ? <Notice notice={row.item.content} language={language} /> : <Bubble {...props} />}
      </>
    );
  }
}

/** The few that most conversations meet are at hand. */
function Notice({ notice, language }: { notice: NoticeContent; language: Ui["language"] }) {
  const words = sentence(notice, language.said);
  return words ? <p class="notice">{words}</p> : <Later part="Notice" notice={notice} language={language} meanwhile="" />;
}

function Content({ row, asked, chat, language, t }: Props): ComponentChildren {
  const { id, content, by } = row.item;
  const ui = { chat, language, t, id, asked };
  switch (content.kind) {
    case "text":
      // What visitors type is shown as typed; marks are for those who know them.
      return by === "visitor" ? <p>{content.text}</p> : <Markup text={content.text} />;
    case "menu":
      return (
        <>
          <Markup text={content.text} />
          <Menu {...ui} menu={content} chosen={row.chosen} />
        </>
      );
    case "form":
      return (
        <>
          <Markup text={content.text} />
          <Later part="Form" {...ui} form={content} />
        </>
      );
    case "rating":
      return <Later part="Rating" {...ui} survey={content} />;
    case "answers":
      return <Later part="Answers" answers={content} />;
    default:
      return <Later part="Other" {...{ content, language }} />;
  }
}

function Bubble(props: Props) {
  const { row, t, language, chat } = props;
  const { item, head, tail, delivery, why } = row;
  const mine = item.by === "visitor";
  const name = mine ? t("you") : item.name || t(item.by === "agent" ? "agent" : "bot");
  const failed = delivery === "failed";
  return (
    <div class={`line${mine ? " mine" : ""}${head ? " head" : ""}`}>
      {!mine && head && <Face name={item.name} picture={item.avatar} />}
      {head && <span class={mine ? "vh" : "name"}>{name}</span>}
      <div class="bubble"><Content {...props} /></div>
      {failed
        ? (
          <span class="failed" role="alert">
            <Later part="Failed" {...{ chat, t, language, why }} id={item.id} meanwhile={t("failed")} />
          </span>
        )
        : (tail || delivery) && (
          <span class="meta">
            <time>{clock(item.at, language.locale)}</time>
            {delivery && <span>{t(delivery)}</span>}
          </span>
        )}
    </div>
  );
}

// One line of the conversation. Lines are replaced, never changed, so one whose parts are the same is not drawn again.
import { Component, type ComponentChildren } from "preact";
import { explain, sentence } from "../sentences";
import { Markup } from "../md";
import type { Row } from "../rows";
import { clock } from "../time";
import { Face } from "./face";
import { later } from "./later";
import { Icon } from "./icons";
import { Menu } from "./menu";
import type { Ui } from "./ui";

/** Most conversations never see a form. */
const Form = later(() => import("./form").then((part) => part.Form), <i class="spinner" />);

const Rating = later(() => import("./rating").then((part) => part.Rating), <i class="spinner" />);

type LineRow = Extract<Row, { is: "line" }>;

interface Props extends Ui {
  row: LineRow;
  /** The conversation awaits an answer to this menu, form or survey. */
  asked: boolean;
}

const PARTS = ["item", "head", "tail", "delivery", "why", "chosen"] as const;

export class Line extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    const { row, asked, language } = this.props;
    return asked !== next.asked || language !== next.language || PARTS.some((part) => row[part] !== next.row[part]);
  }

  override render() {
    const { content } = this.props.row.item;
    if (content.kind === "notice") {
      const words = sentence(content, this.props.language);
      return words ? <p class="notice">{words}</p> : null;
    }
    return <Bubble {...this.props} />;
  }
}

function Content({ row, asked, chat, language, t }: Props): ComponentChildren {
  const { id, content, by } = row.item;
  switch (content.kind) {
    case "text":
      // What visitors type is shown as typed; marks are for those who know them.
      return by === "visitor" ? <p>{content.text}</p> : <Markup text={content.text} />;
    case "menu":
      return (
        <>
          <Markup text={content.text} />
          <Menu {...{ chat, language, t, id, asked }} menu={content} chosen={row.chosen} />
        </>
      );
    case "form":
      return (
        <>
          <Markup text={content.text} />
          <Form {...{ chat, language, t, id, asked }} form={content} />
        </>
      );
    case "rating":
      return <Rating {...{ chat, language, t, id, asked }} survey={content} />;
    case "answers":
      return (
        <dl>
          {content.items.filter((answer) => answer.value).map((answer) => (
            <div key={answer.key}>
              <dt>{answer.label}</dt>
              <dd>{answer.value}</dd>
            </div>
          ))}
        </dl>
      );
    case "notice":
      return null;
  }
}

function Bubble(props: Props) {
  const { row, t, language } = props;
  const { item, head, tail, delivery } = row;
  const mine = item.by === "visitor";
  const name = mine ? t("you") : item.name || t(item.by === "agent" ? "agent" : "bot");
  const wide = ["menu", "form", "rating"].includes(item.content.kind);
  const classes = ["line", mine && "mine", head && "head", tail && "tail", wide && "wide"].filter(Boolean).join(" ");
  return (
    <div class={classes}>
      {!mine && head && <Face name={item.name} picture={item.avatar} icon={item.by === "agent" ? "chat" : "bot"} />}
      {head && <span class={mine ? "vh" : "name"}>{name}</span>}
      <div class="bubble"><Content {...props} /></div>
      {(tail || delivery) && (
        <span class="meta">
          {delivery !== "failed" && <time>{clock(item.at, language.locale)}</time>}
          {delivery && delivery !== "failed" && <span class={delivery}>{t(delivery)}</span>}
        </span>
      )}
      {delivery === "failed" && <Failed {...props} />}
    </div>
  );
}

function Failed({ row, chat, language, t }: Props) {
  return (
    <span class="failed" role="alert">
      <Icon name="alert" />
      <span>{row.why ? explain(row.why, language) : t("failed")}</span>
      <button type="button" onClick={() => chat.retry(row.item.id)}>{t("retry")}</button>
      <button type="button" onClick={() => chat.discard(row.item.id)}>{t("discard")}</button>
    </span>
  );
}

// One message's content as an agent reads it: a menu and a form are drawn, not operated.
import { FormOutlined, StarOutlined, UnorderedListOutlined } from "@ant-design/icons";
import type { AnswersContent, AnyContent, FormContent, MenuContent, RatingContent } from "@chatserver/client/agent.gen";
import { noticeWords, useT } from "../../i18n/words";
import { usePreferences } from "../../preferences";
import { Linked } from "./Linked";

export function Content({ content }: { content: AnyContent }) {
  const { locale } = usePreferences();
  switch (content.kind) {
    case "text":
      return <Linked text={content.text} />;
    case "notice":
      return noticeWords(content, locale);
    case "image":
      return (
        <a href={content.url} target="_blank" rel="noreferrer">
          <img src={content.url} alt={content.name} style={{ maxWidth: 240, maxHeight: 240 }} loading="lazy" />
        </a>
      );
    case "file":
      return <a href={content.url} download={content.name}>{content.name}</a>;
    case "voice":
      return <audio controls src={content.url} />;
    case "menu":
      return <Menu menu={content} />;
    case "form":
      return <Form form={content} />;
    case "rating":
      return <Rating rating={content} />;
    case "answers":
      return <Answers answers={content} />;
  }
}

function Menu({ menu }: { menu: MenuContent }) {
  const t = useT();
  return (
    <div className="card-content">
      <Kind icon={<UnorderedListOutlined />} words={t("menu")} />
      {menu.text && (
        <p>
          <Linked text={menu.text} />
        </p>
      )}
      <ol>
        {menu.options.map(({ key, label }) => (
          <li key={key}>
            <kbd>{key}</kbd>
            {label}
          </li>
        ))}
      </ol>
    </div>
  );
}

function Form({ form }: { form: FormContent }) {
  const t = useT();
  return (
    <div className="card-content">
      <Kind icon={<FormOutlined />} words={t("form")} />
      {form.text && (
        <p>
          <Linked text={form.text} />
        </p>
      )}
      <ul>
        {form.fields.map(({ key, label, required }) => (
          <li key={key}>
            {label}
            {required && <small>{t("required")}</small>}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Rating({ rating: { text, agent, levels } }: { rating: RatingContent }) {
  const t = useT();
  const { locale } = usePreferences();
  const asked = text || noticeWords({ kind: "notice", code: "rating_asked", data: { agent }, text }, locale);
  return (
    <div className="card-content">
      <Kind icon={<StarOutlined />} words={t("survey")} />
      <p>{asked}</p>
      <p className="survey-levels">{levels.map(({ label }) => label).join(" · ")}</p>
    </div>
  );
}

function Answers({ answers }: { answers: AnswersContent }) {
  const t = useT();
  return (
    <div className="card-content">
      <Kind icon={<FormOutlined />} words={t("answers")} />
      <dl>
        {answers.items.map(({ key, label, value }) => (
          <div key={key}>
            <dt>{label}</dt>
            <dd>{value ? <Linked text={value} /> : <i>{t("not_filled")}</i>}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Kind({ icon, words }: { icon: React.ReactNode; words: string }) {
  return (
    <span className="card-kind">
      {icon}
      {words}
    </span>
  );
}

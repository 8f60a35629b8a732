// Who the visitor is, and where the conversation stands.
import { CopyOutlined, ExportOutlined } from "@ant-design/icons";
import type { Card } from "@chatserver/client/agent.gen";
import { stamp } from "@chatserver/client/time";
import { App, Button } from "antd";
import type { ReactNode } from "react";
import { useT } from "../../i18n/words";
import { Face } from "../../look/Face";
import { usePreferences } from "../../preferences";
import { useNames } from "./known";
import { Linked } from "./Linked";
import { StateTag, Verified } from "./marks";
import { languageName, letterOf, nameOf, safeUrl } from "./names";
import "./visitor.css";

export function VisitorPane({ card }: { card: Card }) {
  const t = useT();
  const { locale } = usePreferences();
  const { contact } = card;
  const name = nameOf(card, t);
  const named = useNames(card);
  return (
    <div className="visitor">
      <div className="visitor-who">
        <Face id={contact.id} name={letterOf(card)} size={52} />
        <div>
          <h2>{name}</h2>
          <p>
            {contact.verified ? (
              <>
                <Verified />
                {t("verified")}
              </>
            ) : (
              t("unverified")
            )}
            {contact.verified && !contact.name_verified && contact.name.trim() && ` · ${t("name_claimed")}`}
          </p>
        </div>
      </div>
      <Facts title={t("contact")}>
        <Fact label={t("inbox")}>{named.inbox ?? card.inbox}</Fact>
        <Fact label={t("locale")}>{contact.locale && languageName(contact.locale, locale)}</Fact>
        <Fact label={t("page")}>
          <Address url={contact.page_url} words={contact.page_title} />
        </Fact>
        <Fact label={t("referrer")}>
          <Address url={contact.referrer} words="" />
        </Fact>
      </Facts>
      <Answers title={t("remembered")} answers={contact.fields} />
      <Answers title={t("collected")} answers={card.answers} />
      <Facts title={t("conversation")}>
        <Fact label={t("state")}>
          <StateTag card={card} />
        </Fact>
        <Fact label={t("served_by")}>{named.agent ?? card.agent}</Fact>
        <Fact label={t("group")}>{named.group ?? card.group}</Fact>
        <Fact label={t("opened_at")}>{stamp(card.opened_at, locale)}</Fact>
        {card.queued_at !== null && <Fact label={t("queued_at")}>{stamp(card.queued_at, locale)}</Fact>}
        {card.closed_at !== null && <Fact label={t("closed_at")}>{stamp(card.closed_at, locale)}</Fact>}
        {card.rating !== null && <Fact label={t("rating")}>{t("points", { n: card.rating })}</Fact>}
        <Fact label={t("conversation_id")}>
          <Copied text={card.id} />
        </Fact>
      </Facts>
    </div>
  );
}

function Answers({ title, answers }: { title: string; answers: Card["answers"] }) {
  if (answers.length === 0) return null;
  return (
    <Facts title={title}>
      {answers.map(({ key, label, value }) => (
        <Fact key={key} label={label}>
          {value && <Linked text={value} />}
        </Fact>
      ))}
    </Facts>
  );
}

function Facts({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>{children}</dl>
    </section>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  const t = useT();
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children || <span className="nothing">{t("none")}</span>}</dd>
    </div>
  );
}

/** A link when a browser may open it, else the bare text. */
function Address({ url, words }: { url: string; words: string }) {
  const t = useT();
  const safe = safeUrl(url);
  if (!url) return words || <span className="nothing">{t("none")}</span>;
  if (!safe) return <span className="address">{words || url}</span>;
  return (
    <a className="address" href={safe} target="_blank" rel="noopener noreferrer" title={safe}>
      {words || short(safe)} <ExportOutlined aria-hidden="true" />
      <span className="hidden-words">({t("opens_tab")})</span>
    </a>
  );
}

function short(url: string): string {
  const { host, pathname } = new URL(url);
  return host + (pathname === "/" ? "" : pathname);
}

function Copied({ text }: { text: string }) {
  const t = useT();
  const { message } = App.useApp();
  const copy = () => void navigator.clipboard?.writeText(text).then(() => message.success(t("copied")));
  return (
    <span className="copied">
      <code title={text}>{text}</code>
      <Button type="text" size="small" icon={<CopyOutlined />} aria-label={t("copy")} onClick={copy} />
    </span>
  );
}

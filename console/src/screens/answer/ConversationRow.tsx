// One conversation in the list: who, through which inbox, the last line, since when, and how urgent.
import type { Card } from "@chatserver/client/agent.gen";
import { memo } from "react";
import { useDeskState } from "../../desk/react";
import type { DeskState } from "../../desk/state";
import { useDraft } from "../../drafts";
import { ago } from "../../i18n/times";
import { useT } from "../../i18n/words";
import { Face } from "../../look/Face";
import { useNow } from "../../look/now";
import { usePreferences } from "../../preferences";
import { useNames } from "./known";
import { StateTag, VerifiedName, Waited } from "./marks";
import { letterOf, nameOf } from "./names";

const meOf = (state: DeskState) => state.me?.id;

export const ConversationRow = memo(function ConversationRow({ card }: { card: Card }) {
  const t = useT();
  const mine = useDeskState(meOf) === card.agent;
  const { inbox, agent } = useNames(card);
  const colleague = mine ? undefined : agent;
  const name = nameOf(card, t);
  return (
    <>
      <span className="row-face">
        <Face id={card.contact.id} name={letterOf(card)} size={38} />
        {card.unread > 0 && <Unread n={card.unread} />}
      </span>
      <span className="row-body">
        <span className="row-part">
          <span className="row-name">
            <b>{name}</b>
            <VerifiedName contact={card.contact} />
          </span>
          <When at={card.last?.at ?? card.opened_at} />
        </span>
        <LastWords card={card} />
        <span className="row-part">
          <span className="row-inbox">
            {inbox ?? card.inbox}
            {colleague && ` · ${colleague}`}
          </span>
          {(card.phase !== "serving" || !mine || card.offer) && <StateTag card={card} />}
          <Waited card={card} />
        </span>
      </span>
    </>
  );
});

function Unread({ n }: { n: number }) {
  const t = useT();
  return (
    <span className="unread">
      <span aria-hidden="true">{n > 99 ? "99+" : n}</span>
      <span className="hidden-words">{t("unread", { n })}</span>
    </span>
  );
}

function When({ at }: { at: number }) {
  const t = useT();
  const { locale } = usePreferences();
  return <time className="row-when">{ago(at, useNow(15_000), t, locale)}</time>;
}

function LastWords({ card: { id, last } }: { card: Card }) {
  const t = useT();
  const words = useDraft(id);
  if (words)
    return (
      <span className="row-last">
        <em>{t("draft")}</em> {words}
      </span>
    );
  if (!last) return <span className="row-last">{t("no_words")}</span>;
  return (
    <span className="row-last">
      {last.by === "agent" && t("line_mine")}
      {last.text || t("line_notice")}
    </span>
  );
}

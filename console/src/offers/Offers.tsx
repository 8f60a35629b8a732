// 待接入: what the agent is asked to take, on whatever screen they are. Takes no focus from their hands; Alt+Enter
// accepts.
import type { Card } from "@chatserver/client/agent.gen";
import { useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { useMatch, useNavigate } from "react-router";
import { useDeskState } from "../desk/react";
import { offersFor } from "../desk/offers";
import { mayAnswer } from "../desk/rights";
import type { DeskState } from "../desk/state";
import { useT } from "../i18n/words";
import { Face } from "../look/Face";
import { useAccept } from "../screens/answer/actions";
import { useNames } from "../screens/answer/known";
import { letterOf, nameOf } from "../screens/answer/names";
import { useBell } from "./bell";
import { Countdown } from "./Countdown";
import { OfferAnswer } from "./OfferAnswer";
import "./offers.css";

const cardsOf = (state: DeskState) => state.cards;
const meOf = (state: DeskState) => state.me;

export function Offers() {
  const t = useT();
  const navigate = useNavigate();
  const cards = useDeskState(cardsOf);
  const me = useDeskState(meOf);
  const opened = useMatch("/chats/:conversation")?.params.conversation;
  const offers = useMemo(
    () => offersFor(cards.values(), me?.id ?? "").filter((card) => mayAnswer(card, me)),
    [cards, me],
  );
  const open = (id: string) => void navigate(`/chats/${id}`);
  useBell(offers);
  useAcceptKey(offers.find(({ id }) => id === opened) ?? offers[0], open);
  // The one that is open on the screen has its buttons there.
  const shown = offers.filter(({ id }) => id !== opened);
  return (
    <>
      <Said offers={offers} />
      {shown.length > 0 && (
        <section className="offers" aria-label={t("offers")}>
          {shown.map((card) => (
            <Offer key={card.id} card={card} open={open} />
          ))}
        </section>
      )}
    </>
  );
}

/** For who listens; it stays in the page, or a screen reader would miss the first one. */
function Said({ offers }: { offers: readonly Card[] }) {
  const t = useT();
  return (
    <div className="hidden-words" role="alert">
      {offers.map((card) => (
        <p key={`${card.id}:${card.offer?.until}`}>{t("offer_said", { name: nameOf(card, t) })}</p>
      ))}
    </div>
  );
}

function Offer({ card, open }: { card: Card; open: (id: string) => void }) {
  const t = useT();
  const { inbox } = useNames(card);
  const box = useRef<HTMLElement>(null);
  useFocusKept(box);
  return (
    <article ref={box} className="offer">
      <Countdown card={card} />
      <button type="button" className="plain offer-words" onClick={() => open(card.id)}>
        <span className="offer-name">
          <Face id={card.contact.id} name={letterOf(card)} size={22} />
          <b>{nameOf(card, t)}</b>
          <small>{inbox ?? card.inbox}</small>
        </span>
        {card.offer?.sender && <span className="offer-by">{t("offer_by", { agent: card.offer.sender })}</span>}
        {card.offer?.note && <span className="offer-note">{card.offer.note}</span>}
        <span className="offer-last">{card.last ? card.last.text || t("line_notice") : t("no_words")}</span>
      </button>
      <OfferAnswer card={card} size="middle" accepted={open} />
    </article>
  );
}

/** When the card goes while the focus is in it, the focus goes to the screen and not nowhere. */
function useFocusKept(box: React.RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const card = box.current;
    return () => {
      if (card?.contains(document.activeElement)) document.getElementById("main")?.focus({ preventScroll: true });
    };
  }, [box]);
}

/** Alt+Enter accepts the offer in hand; a key that is held down, or chooses a word in an input method, does not. */
function useAcceptKey(offer: Card | undefined, accepted: (id: string) => void): void {
  const [accepting, accept] = useAccept(accepted);
  const press = useRef<(event: globalThis.KeyboardEvent) => void>(() => {});
  useLayoutEffect(() => {
    press.current = (event) => {
      if (event.key !== "Enter" || !event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
      if (!offer) return;
      // Before whatever has the focus hears of it: it is no line break, and no click.
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat && !accepting) accept(offer.id);
    };
  });
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => press.current(event);
    addEventListener("keydown", onKey, true);
    return () => removeEventListener("keydown", onKey, true);
  }, []);
}

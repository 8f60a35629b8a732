// In place of the composer when the agent cannot write: why, and the button that changes it.
import { LoginOutlined } from "@ant-design/icons";
import type { Card } from "@chatserver/client/agent.gen";
import { Button } from "antd";
import { useCallback } from "react";
import { useDeskState } from "../../desk/react";
import { mayAnswer, mayTake, type Mute } from "../../desk/rights";
import type { DeskState } from "../../desk/state";
import { useDraft } from "../../drafts";
import { useT, type Translate } from "../../i18n/words";
import { Countdown } from "../../offers/Countdown";
import { OfferAnswer } from "../../offers/OfferAnswer";
import { useTake } from "./actions";
import { useAsking } from "./known";
import "./composer.css";

const meOf = (state: DeskState) => state.me;

export function Muted({ card, why }: { card: Card; why: NonNullable<Mute> }) {
  const t = useT();
  const me = useDeskState(meOf);
  const agent = useDeskState(useCallback((state: DeskState) => state.agents.get(card.agent ?? "")?.name, [card.agent]));
  const words = useDraft(card.id);
  const [taking, take] = useTake();
  const asking = useAsking(card);
  return (
    <section className="muted" aria-label={t("reply")}>
      {mayAnswer(card, me) ? (
        <>
          <Countdown card={card} />
          <OfferWords offer={card.offer} />
          <OfferAnswer card={card} size="large" accepted={nothingMore} />
        </>
      ) : (
        <p>{card.offer && why === "queued" ? asking : reason(why, agent, t)}</p>
      )}
      {mayTake(card, me) && (
        <Button type="primary" size="large" icon={<LoginOutlined />} loading={taking} onClick={() => take(card.id)}>
          {t(taking ? "taking" : "take")}
        </Button>
      )}
      {/* Words typed before stay readable, to be copied or sent later. */}
      {words && <textarea readOnly rows={2} value={words} aria-label={t("draft")} />}
    </section>
  );
}

/** Who asks, and what they wrote to it. */
function OfferWords({ offer }: { offer: Card["offer"] }) {
  const t = useT();
  return (
    <div>
      <p>{offer?.sender ? t("offer_by", { agent: offer.sender }) : t("offer_lead")}</p>
      {offer?.note && <p className="offer-note">{offer.note}</p>}
    </div>
  );
}

/** The accepted conversation is open already. */
const nothingMore = () => undefined;

function reason(why: NonNullable<Mute>, agent: string | undefined, t: Translate): string {
  if (why === "queued") return t("take_lead");
  if (why === "not_mine") return agent ? t("mute_not_mine", { agent }) : t("mute_not_mine_unknown");
  return t(`mute_${why}`);
}

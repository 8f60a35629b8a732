// Small marks that rows, the chat and the visitor's pane share.
import { ClockCircleOutlined, SafetyCertificateFilled } from "@ant-design/icons";
import type { Card, ContactCard, Phase } from "@chatserver/client/agent.gen";
import { useDeskState } from "../../desk/react";
import { isOfferedTo } from "../../desk/offers";
import type { DeskState } from "../../desk/state";
import { ticking, lasting } from "../../i18n/times";
import { useT } from "../../i18n/words";
import { useNow } from "../../look/now";
import { useAsking } from "./known";
import { urgencyOf, waitsSince } from "./waiting";

const meOf = (state: DeskState) => state.me?.id;

export function PhaseTag({ phase }: { phase: Phase }) {
  const t = useT();
  return <span className={`phase phase-${phase}`}>{t(`phase_${phase}`)}</span>;
}

/** Where a conversation stands; while somebody is asked to take it, who. */
export function StateTag({ card }: { card: Card }) {
  return card.offer ? <Asked card={card} /> : <PhaseTag phase={card.phase} />;
}

function Asked({ card }: { card: Card }) {
  const t = useT();
  const mine = isOfferedTo(card, useDeskState(meOf) ?? "");
  const asking = useAsking(card);
  if (mine) return <span className="phase phase-offered">{t("offered")}</span>;
  return (
    <span className="phase phase-asking" title={asking}>
      {asking}
    </span>
  );
}

/** Beside a name: one that only the visitor vouches for has no mark. */
export function VerifiedName({ contact }: { contact: ContactCard }) {
  return contact.verified && (contact.name_verified || !contact.name.trim()) ? <Verified /> : null;
}

export function Verified() {
  const t = useT();
  return <SafetyCertificateFilled className="verified" role="img" aria-label={t("verified")} title={t("verified")} />;
}

/** How long the visitor waits for a person; nothing when they do not. */
export function Waited({ card }: { card: Card }) {
  const since = waitsSince(card);
  return since === null ? null : <Clock since={since} />;
}

function Clock({ since }: { since: number }) {
  const t = useT();
  const waited = Math.max(0, useNow() - since);
  const words = t("waiting", { time: lasting(waited, t) });
  return (
    <span className="waited" data-urgency={urgencyOf(waited)} title={words}>
      <ClockCircleOutlined aria-hidden="true" />
      <span aria-hidden="true">{ticking(waited)}</span>
      <span className="hidden-words">{words}</span>
    </span>
  );
}

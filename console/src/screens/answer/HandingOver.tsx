// Above the composer while a colleague is asked to take over: who serves writes on, and may think better of it.
import type { Card } from "@chatserver/client/agent.gen";
import { Button } from "antd";
import { useT } from "../../i18n/words";
import { Countdown } from "../../offers/Countdown";
import { useWithdraw } from "./actions";
import { useAsking } from "./known";

export function HandingOver({ card }: { card: Card }) {
  const t = useT();
  const asking = useAsking(card);
  const [withdrawing, withdraw] = useWithdraw();
  return (
    <section className="handing-over" aria-label={t("transfer")}>
      <Countdown card={card} />
      <p role="status">
        {asking} <small>{t("transfer_pending_lead")}</small>
      </p>
      <Button loading={withdrawing} onClick={() => withdraw(card.id)}>
        {t("transfer_withdraw")}
      </Button>
    </section>
  );
}

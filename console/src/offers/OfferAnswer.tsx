// 接入 and 拒绝: the two answers to an offer, in the corner card and in the open conversation.
import { LoginOutlined } from "@ant-design/icons";
import type { Card } from "@chatserver/client/agent.gen";
import { Button } from "antd";
import { useT } from "../i18n/words";
import { useAccept, useDecline } from "../screens/answer/actions";

interface Props {
  card: Card;
  size: "middle" | "large";
  accepted: (conversation: string) => void;
}

export function OfferAnswer({ card: { id }, size, accepted }: Props) {
  const t = useT();
  const [accepting, accept] = useAccept(accepted);
  const [declining, decline] = useDecline();
  return (
    <span className="offer-answer">
      <Button
        type="primary"
        size={size}
        icon={<LoginOutlined />}
        title="Alt+Enter"
        loading={accepting}
        disabled={declining}
        onClick={() => accept(id)}
      >
        {t(accepting ? "taking" : "take")}
      </Button>
      <Button size={size} loading={declining} disabled={accepting} onClick={() => decline(id)}>
        {t("decline")}
      </Button>
    </span>
  );
}

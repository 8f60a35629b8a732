// The page's title counts what I am asked to take and what is unread, so that a background tab tells.
import { useEffect } from "react";
import { useDeskState } from "../desk/react";
import { unreadOf } from "../desk/list";
import { offersFor } from "../desk/offers";
import type { DeskState } from "../desk/state";
import { useT } from "../i18n/words";

const unread = ({ cards, me }: DeskState) => (me ? unreadOf(cards.values(), me.id) : 0);
const offered = ({ cards, me }: DeskState) => (me ? offersFor(cards.values(), me.id).length : 0);

export function useTitle(): void {
  const t = useT();
  const count = useDeskState(unread);
  const asked = useDeskState(offered);
  useEffect(() => {
    const offers = asked ? t("title_offered", { n: asked }) : "";
    document.title = offers + (count ? `(${count > 99 ? "99+" : count}) ` : "") + t("product");
  }, [count, asked, t]);
}

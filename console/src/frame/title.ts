// The page's title counts what is unread, so that a background tab tells.
import { useEffect } from "react";
import { useDeskState } from "../desk/react";
import { unreadOf } from "../desk/list";
import type { DeskState } from "../desk/state";
import { useT } from "../i18n/words";

const unread = ({ cards, me }: DeskState) => (me ? unreadOf(cards.values(), me.id) : 0);

export function useTitle(): void {
  const t = useT();
  const count = useDeskState(unread);
  useEffect(() => {
    document.title = (count ? `(${count > 99 ? "99+" : count}) ` : "") + t("product");
  }, [count, t]);
}

// The list: only the rows in sight are drawn, whatever the number; one tab stop, moved through with the arrow keys.
import type { Card } from "@chatserver/client/agent.gen";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useT } from "../../i18n/words";
import { ConversationRow } from "./ConversationRow";

const ROW = 80;

interface Props {
  cards: readonly Card[];
  chosen: string | null;
  choose: (id: string) => void;
}

export function ConversationList({ cards, chosen, choose }: Props) {
  const t = useT();
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(chosen);
  useEffect(() => setActive(chosen), [chosen]);
  // The arrow keys work from the start; no focus is taken from where there is one.
  useEffect(() => void (document.activeElement === document.body && box.current?.focus({ preventScroll: true })), []);
  const rows = useVirtualizer({
    count: cards.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 6,
    getItemKey: (i) => cards[i]!.id,
  });
  const at = cards.findIndex((card) => card.id === active);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (active && at >= 0) choose(active);
      return;
    }
    const to = target(event.key, at, cards.length);
    if (to === null) return;
    event.preventDefault();
    setActive(cards[to]!.id);
    rows.scrollToIndex(to);
  };
  // Whoever comes by Tab sees at once where they are.
  const onFocus = () => void (at < 0 && cards[0] && setActive(cards[0].id));
  const drawn = rows.getVirtualItems();
  const inSight = drawn.some((row) => row.index === at);
  return (
    <div
      ref={box}
      id="conversations"
      className="rows"
      role="listbox"
      tabIndex={0}
      aria-label={t("conversations")}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
      aria-activedescendant={inSight ? `row-${active}` : undefined}
    >
      <div role="presentation" style={{ blockSize: rows.getTotalSize(), position: "relative" }}>
        {drawn.map(({ index, key, start }) => {
          const card = cards[index]!;
          return (
            <div
              key={key}
              id={`row-${card.id}`}
              className="row"
              role="option"
              aria-selected={card.id === chosen}
              data-active={card.id === active}
              aria-setsize={cards.length}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)` }}
              onClick={() => choose(card.id)}
            >
              <ConversationRow card={card} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Where a key leads from row `at` (-1: none yet); `null` when it is not a key of the list. */
function target(key: string, at: number, count: number): number | null {
  if (!count) return null;
  if (key === "ArrowDown") return Math.min(count - 1, at + 1);
  if (key === "ArrowUp") return Math.max(0, at - 1);
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}

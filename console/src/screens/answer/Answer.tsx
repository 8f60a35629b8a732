// Answering visitors: the list, the open conversation, and who the visitor is, side by side or one at a time.
import { CommentOutlined, InboxOutlined } from "@ant-design/icons";
import { Button, Drawer, Spin } from "antd";
import { useCallback, useDeferredValue, useEffect, useMemo, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useAtDesk, useDeskState } from "../../desk/react";
import { counts, listed, TABS, type Filter } from "../../desk/list";
import type { DeskState } from "../../desk/state";
import { selfOf } from "../../frame/StatusSwitch";
import { useT } from "../../i18n/words";
import { useMedia } from "../../look/theme";
import { prefer, usePreferences } from "../../preferences";
import { Chat } from "./Chat";
import { ConversationList } from "./ConversationList";
import { ListTools } from "./ListTools";
import { VisitorPane } from "./VisitorPane";
import "./answer.css";
import "./list.css";

const cardsOf = (state: DeskState) => state.cards;
const meOf = (state: DeskState) => state.me?.id ?? "";
const readyOf = (state: DeskState) => state.ready;

export function Answer() {
  const t = useT();
  const { desk } = useAtDesk();
  const navigate = useNavigate();
  const chosen = useParams()["conversation"] ?? null;
  const ready = useDeskState(readyOf);
  const card = useDeskState(useCallback((state: DeskState) => state.cards.get(chosen ?? ""), [chosen]));
  const narrow = useMedia("(max-width: 991px)");
  const [drawer, setDrawer] = useState(false);
  const here = ready && card !== undefined;
  useEffect(() => {
    desk.look(chosen);
    setDrawer(false);
    return () => desk.look(null);
  }, [desk, chosen, here]);
  const choose = useCallback((id: string) => void navigate(`/chats/${id}`), [navigate]);
  const back = () => {
    void navigate("/chats");
    focusList();
  };
  useKeys();

  if (!ready)
    return (
      <div className="whole">
        <Spin description={t("connecting")} />
      </div>
    );
  return (
    <div className="answer" data-open={chosen !== null}>
      <h1 className="hidden-words">{t("nav_answer")}</h1>
      <ListPane chosen={chosen} choose={choose} />
      {card && <Chat key={card.id} card={card} back={back} showVisitor={() => setDrawer(true)} />}
      {!card && <Nothing chosen={chosen} back={back} />}
      {card && !narrow && (
        <aside className="visitor-pane" aria-label={t("show_visitor")}>
          <VisitorPane card={card} />
        </aside>
      )}
      {card && narrow && (
        <Drawer
          open={drawer}
          onClose={() => setDrawer(false)}
          size={320}
          title={t("show_visitor")}
          styles={{ body: { padding: 0 } }}
        >
          <VisitorPane card={card} />
        </Drawer>
      )}
    </div>
  );
}

function ListPane({ chosen, choose }: { chosen: string | null; choose: (id: string) => void }) {
  const t = useT();
  const { tab } = usePreferences();
  const cards = useDeskState(cardsOf);
  const me = useDeskState(meOf);
  const [search, setSearch] = useState("");
  const [filter, setFilter] = useState<Filter>("open");
  const words = useDeferredValue(search);
  const sums = useMemo(() => counts(cards.values(), me), [cards, me]);
  const rows = useMemo(
    () => listed(cards.values(), me, { tab, filter, search: words, keep: chosen }),
    [cards, me, tab, filter, words, chosen],
  );
  const clear = () => (setSearch(""), setFilter("open"));
  return (
    <section className="list" aria-label={t("conversations")}>
      <ListTools
        tab={tab}
        counts={sums}
        search={search}
        filter={filter}
        setTab={(to) => prefer({ tab: to })}
        setSearch={setSearch}
        setFilter={setFilter}
      />
      {rows.length > 0 && <ConversationList cards={rows} chosen={chosen} choose={choose} />}
      {rows.length === 0 && (
        <EmptyList narrowed={words !== "" || (filter !== "open" && tab !== "queue")} clear={clear} />
      )}
    </section>
  );
}

function EmptyList({ narrowed, clear }: { narrowed: boolean; clear: () => void }) {
  const t = useT();
  const { tab } = usePreferences();
  const takesNew = useDeskState(takesNewOf);
  if (narrowed)
    return (
      <div className="empty">
        <p>{t("empty_search")}</p>
        <Button type="link" onClick={clear}>
          {t("clear_search")}
        </Button>
      </div>
    );
  return (
    <div className="empty">
      <InboxOutlined aria-hidden="true" />
      <p>{t(`empty_${tab}`)}</p>
      <small>{t(tab === "mine" && !takesNew ? "empty_mine_offline" : `empty_${tab}_lead`)}</small>
    </div>
  );
}

function takesNewOf(state: DeskState): boolean {
  const status = selfOf(state)?.status;
  return state.statuses.find(({ key }) => key === status)?.takes_new ?? true;
}

function Nothing({ chosen, back }: { chosen: string | null; back: () => void }) {
  const t = useT();
  const left = useDeskState(useCallback((state: DeskState) => state.left.has(chosen ?? ""), [chosen]));
  const missing = chosen !== null;
  return (
    <section className="nothing-chosen" aria-label={t("chat")}>
      <CommentOutlined aria-hidden="true" />
      <p>{t(left ? "left_me" : missing ? "not_here" : "nothing_chosen")}</p>
      {missing ? <Button onClick={back}>{t("back")}</Button> : <small>{t("nothing_chosen_lead")}</small>}
    </section>
  );
}

/**
 * Alt+1/2/3 for the lists; Escape in the composer goes back to the list. By `code`: on a Mac Alt+1 types another
 * character.
 */
function useKeys(): void {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const digit = /^Digit([123])$/.exec(event.code)?.[1];
      if (event.altKey && !event.ctrlKey && !event.metaKey && digit) {
        event.preventDefault();
        prefer({ tab: TABS[Number(digit) - 1]! });
        focusList();
      }
      if (event.key === "Escape" && (event.target as HTMLElement).id === "composer") focusList();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

function focusList(): void {
  // An empty list has nothing to focus; then the screen itself is the place.
  const place = () => document.getElementById("conversations") ?? document.getElementById("main");
  requestAnimationFrame(() => place()?.focus({ preventScroll: true }));
}

// To whom a conversation can go: two lists with one search, moved through with the arrow keys while typing goes on.
import { SearchOutlined, TeamOutlined } from "@ant-design/icons";
import { Input, Segmented } from "antd";
import { useEffect, type KeyboardEvent } from "react";
import type { Choice, Colleague, Team } from "../../desk/handover";
import { useDeskState } from "../../desk/react";
import type { DeskState } from "../../desk/state";
import { Dot, statusWords } from "../../frame/StatusSwitch";
import { useT } from "../../i18n/words";
import { Face } from "../../look/Face";
import type { Choosing, Kind } from "./choosing";

/** The dialog's first focus: typing goes on where the eyes are. */
export const SEARCH = "recipient-search";
/** Rows drawn; in a larger house one searches by name. */
const SHOWN = 100;

interface Props {
  choosing: Choosing;
  /** Hand over to whoever is chosen. */
  confirm: () => void;
}

export function Recipients({ choosing, confirm }: Props) {
  const t = useT();
  const { kind, words, chosen, turn, search, step } = choosing;
  const onKeyDown = (event: KeyboardEvent) => {
    // 229 is what Safari reports for the Enter that ends a composition.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key !== "Enter" && event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    if (event.key === "Enter") return event.repeat ? undefined : confirm();
    step(event.key === "ArrowDown" ? 1 : -1);
  };
  return (
    <div className="recipients">
      <Segmented<Kind>
        block
        aria-label={t("transfer_kind")}
        value={kind}
        onChange={turn}
        options={[
          { value: "agent", label: t("transfer_agents") },
          { value: "group", label: t("transfer_groups") },
        ]}
      />
      <Input
        id={SEARCH}
        prefix={<SearchOutlined />}
        role="combobox"
        aria-expanded
        aria-controls="recipients"
        aria-activedescendant={chosen && `to-${chosen.id}`}
        aria-label={t(`transfer_search_${kind}`)}
        placeholder={t(`transfer_search_${kind}`)}
        value={words}
        onChange={(event) => search(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <List choosing={choosing} confirm={confirm} />
    </div>
  );
}

function List({ choosing: { kind, words, choices, chosen, pick }, confirm }: Props) {
  const t = useT();
  useEffect(() => {
    if (chosen) document.getElementById(`to-${chosen.id}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const empty = words.trim() ? "empty_search" : (`transfer_no_${kind}` as const);
  return (
    <>
      <div id="recipients" role="listbox" aria-label={t(`transfer_${kind}s`)} className="recipient-rows">
        {choices.slice(0, SHOWN).map((choice) => (
          <div
            key={choice.id}
            id={`to-${choice.id}`}
            className="recipient"
            role="option"
            aria-selected={choice === chosen}
            aria-disabled={choice.bar !== null}
            onClick={() => choice.bar ?? pick(choice.id)}
            onDoubleClick={() => choice.bar ?? confirm()}
          >
            <Row choice={choice} />
          </div>
        ))}
      </div>
      {/* Outside of the listbox, which holds options only. */}
      <p className="recipients-note" role="status">
        {choices.length === 0 && t(empty)}
        {choices.length > SHOWN && t("transfer_more", { n: SHOWN })}
      </p>
    </>
  );
}

function Row({ choice }: { choice: Choice }) {
  return choice.kind === "agent" ? <ColleagueRow colleague={choice} /> : <TeamRow team={choice} />;
}

const statusesOf = (state: DeskState) => state.statuses;

function ColleagueRow({ colleague: { id, name, bar, agent } }: { colleague: Colleague }) {
  const t = useT();
  const status = useDeskState(statusesOf).find(({ key }) => key === agent.status) ?? { key: agent.status, name: "" };
  return (
    <>
      <Face id={id} name={name} avatar={agent.avatar} size={30} />
      <b>{name}</b>
      <span className="recipient-state">
        <Dot status={agent.status} />
        {bar === "offline" ? t("bar_offline") : statusWords(status, t)}
      </span>
      <span className="recipient-load" data-full={bar === "full"}>
        {agent.load}/{agent.max}
        {bar === "full" && ` ${t("bar_full")}`}
      </span>
    </>
  );
}

function TeamRow({ team: { name, bar, onDuty, current } }: { team: Team }) {
  const t = useT();
  return (
    <>
      <TeamOutlined className="recipient-icon" aria-hidden="true" />
      <b>{name}</b>
      {current && <span className="phase">{t("current_group")}</span>}
      {onDuty !== null && (
        <span className="recipient-state">{bar ? t("bar_unstaffed") : t("on_duty", { n: onDuty })}</span>
      )}
    </>
  );
}

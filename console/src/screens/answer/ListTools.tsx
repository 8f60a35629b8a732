// Above the list: the three lists with their counts, search, and the filter by state.
import { FilterFilled, FilterOutlined, SearchOutlined } from "@ant-design/icons";
import { Button, Dropdown, Input } from "antd";
import { TABS, type Filter, type Tab } from "../../desk/list";
import { useT } from "../../i18n/words";

const FILTERS: readonly Filter[] = ["open", "guided", "queued", "serving", "leaving_message", "closed", "any"];

interface Props {
  tab: Tab;
  counts: Readonly<Record<Tab, number>>;
  search: string;
  filter: Filter;
  setTab: (tab: Tab) => void;
  setSearch: (search: string) => void;
  setFilter: (filter: Filter) => void;
}

export function ListTools({ tab, counts, search, filter, setTab, setSearch, setFilter }: Props) {
  const t = useT();
  return (
    <div className="list-tools">
      <div className="tabs" role="group" aria-label={t("conversations")}>
        {TABS.map((each, i) => (
          <button
            key={each}
            type="button"
            className="plain"
            aria-pressed={each === tab}
            title={`Alt+${i + 1}`}
            onClick={() => setTab(each)}
          >
            {t(`tab_${each}`)}
            <span data-some={each === "queue" && counts.queue > 0}>{counts[each]}</span>
          </button>
        ))}
      </div>
      <div className="list-search">
        <Input
          allowClear
          prefix={<SearchOutlined />}
          aria-label={t("search")}
          placeholder={t("search")}
          value={search}
          onChange={(e) => setSearch(e.target.value)}
        />
        {tab !== "queue" && <FilterButton filter={filter} setFilter={setFilter} />}
      </div>
    </div>
  );
}

function FilterButton({ filter, setFilter }: Pick<Props, "filter" | "setFilter">) {
  const t = useT();
  const words = (key: Filter) => (key === "open" || key === "any" ? t(`filter_${key}`) : t(`phase_${key}`));
  const items = FILTERS.map((key) => ({ key, label: words(key), onClick: () => setFilter(key) }));
  const narrowed = filter !== "open";
  return (
    <Dropdown trigger={["click"]} placement="bottomRight" menu={{ items, selectable: true, selectedKeys: [filter] }}>
      <Button
        type="text"
        className="filter"
        data-on={narrowed}
        icon={narrowed ? <FilterFilled /> : <FilterOutlined />}
        aria-haspopup="menu"
        aria-label={`${t("filter")}: ${words(filter)}`}
        title={`${t("filter")}: ${words(filter)}`}
      />
    </Dropdown>
  );
}

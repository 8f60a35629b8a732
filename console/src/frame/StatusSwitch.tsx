// 座席状态: the agent's status, for how long, and how many visitors they serve.
import { CheckOutlined, DownOutlined } from "@ant-design/icons";
import type { StatusChoice } from "@chatserver/client/agent.gen";
import { App, Dropdown, Tooltip } from "antd";
import { useState } from "react";
import { useAtDesk, useDeskState } from "../desk/react";
import { may } from "../desk/rights";
import type { DeskState } from "../desk/state";
import { failureWords, useT, type Translate } from "../i18n/words";
import { ticking } from "../i18n/times";
import { useNow } from "../look/now";
import { usePreferences } from "../preferences";

export const selfOf = ({ me, agents }: DeskState) => (me ? agents.get(me.id) : undefined);
const meOf = (state: DeskState) => state.me;
const statuses = (state: DeskState) => state.statuses;

const BUILT_IN = ["ready", "busy", "rest", "offline", "wrap_up"] as const;
type BuiltIn = (typeof BUILT_IN)[number];
const isBuiltIn = (key: string): key is BuiltIn => (BUILT_IN as readonly string[]).includes(key);

export function statusWords({ key, name }: { key: string; name: string }, t: Translate): string {
  return name || (isBuiltIn(key) ? t(`status_${key}`) : key);
}

export function Dot({ status }: { status: string }) {
  return <span className={`dot dot-${isBuiltIn(status) ? status : "custom"}`} aria-hidden="true" />;
}

export function StatusSwitch() {
  const t = useT();
  const me = useDeskState(meOf);
  const self = useDeskState(selfOf);
  const choices = useDeskState(statuses);
  const [choosing, choose] = useChoose();
  if (!self) return <span className="status-gap" />;
  const mayChoose = may(me, "agent.status");
  const now = choices.find(({ key }) => key === self.status) ?? { key: self.status, name: "" };
  const items = choices.map((choice) => ({
    key: choice.key,
    label: <Choice choice={choice} on={choice.key === self.status} />,
    onClick: () => choose(choice.key),
  }));
  return (
    <div className="status">
      <Dropdown trigger={["click"]} disabled={!mayChoose} menu={{ items, selectedKeys: [self.status] }}>
        <button
          type="button"
          className="plain status-button"
          aria-haspopup="menu"
          aria-busy={choosing}
          disabled={!mayChoose}
        >
          <span className="hidden-words">{t("status")}</span>
          <Dot status={self.status} />
          <b>{statusWords(now, t)}</b>
          <Since at={self.status_since} />
          {mayChoose && <DownOutlined />}
        </button>
      </Dropdown>
      <Tooltip title={t("load", { load: self.load, max: self.max })}>
        <span
          className="load"
          data-full={self.load >= self.max}
          role="img"
          aria-label={t("load", { load: self.load, max: self.max })}
        >
          {self.load}/{self.max}
        </span>
      </Tooltip>
    </div>
  );
}

function Choice({ choice, on }: { choice: StatusChoice; on: boolean }) {
  const t = useT();
  return (
    <span className="status-choice">
      <Dot status={choice.key} />
      <span>{statusWords(choice, t)}</span>
      {!choice.takes_new && choice.key !== "offline" && <small>{t("status_takes_none")}</small>}
      {on && <CheckOutlined />}
    </span>
  );
}

function Since({ at }: { at: number }) {
  return <time className="status-since">{ticking(useNow() - at)}</time>;
}

function useChoose(): [boolean, (status: string) => void] {
  const { desk } = useAtDesk();
  const { locale } = usePreferences();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const choose = (status: string) => {
    setBusy(true);
    desk
      .choose(status)
      .catch((failure: unknown) => void message.error(failureWords(failure, locale)))
      .finally(() => setBusy(false));
  };
  return [busy, choose];
}

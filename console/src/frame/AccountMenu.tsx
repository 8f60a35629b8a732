// The account's menu: who I am, every taste in one place (phones show no others), and the way out.
import { BellOutlined, LogoutOutlined, SoundOutlined } from "@ant-design/icons";
import { Dropdown } from "antd";
import { useAtDesk, useDeskState } from "../desk/react";
import type { DeskState } from "../desk/state";
import { useT } from "../i18n/words";
import { Face } from "../look/Face";
import { prefer, usePreferences } from "../preferences";
import { chosenKeys, languageItems, sendItems, themeItems, useDesktopSwitch } from "./tastes";

const meOf = (state: DeskState) => state.me;

export function AccountMenu() {
  const t = useT();
  const p = usePreferences();
  const { name, leave } = useAtDesk();
  const me = useDeskState(meOf);
  const switchDesktop = useDesktopSwitch();
  const shown = me?.name || name;
  const items = [
    {
      key: "who",
      type: "group" as const,
      label: (
        <span className="who">
          <b>{shown}</b>
          {me?.account}
        </span>
      ),
    },
    { type: "divider" as const },
    { key: "send", type: "group" as const, label: t("send_by"), children: sendItems(t) },
    { type: "divider" as const },
    {
      key: "sound",
      icon: <SoundOutlined />,
      label: t(p.sound ? "sound_on" : "sound_off"),
      onClick: () => prefer({ sound: !p.sound }),
    },
    {
      key: "desktop",
      icon: <BellOutlined />,
      label: t(p.desktop ? "desktop_off" : "desktop_on"),
      onClick: switchDesktop,
    },
    { key: "theme", label: t("theme"), children: themeItems(t) },
    { key: "locale", label: t("language"), children: languageItems() },
    { type: "divider" as const },
    { key: "leave", icon: <LogoutOutlined />, label: t("sign_out"), onClick: leave },
  ];
  return (
    <Dropdown trigger={["click"]} placement="bottomRight" menu={{ items, selectedKeys: chosenKeys(p) }}>
      <button type="button" className="plain account" aria-haspopup="menu" aria-label={`${t("my_account")}: ${shown}`}>
        <Face id={me?.id ?? name} name={shown} avatar={me?.avatar ?? ""} size={30} />
      </button>
    </Dropdown>
  );
}

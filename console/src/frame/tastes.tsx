// The small switches of taste: appearance, language, sound, notifications. Used in the header, the login page and
// the account menu.
import {
  DesktopOutlined,
  MoonOutlined,
  SoundOutlined,
  SunOutlined,
  TranslationOutlined,
  MutedOutlined,
} from "@ant-design/icons";
import { App, Button, Dropdown, Tooltip, type MenuProps } from "antd";
import { allowDesktop } from "../alerts/alerts";
import { play } from "../alerts/tones";
import type { Locale } from "../i18n/dictionary";
import { useT, type Translate } from "../i18n/words";
import { prefer, usePreferences, type Preferences } from "../preferences";

type Items = NonNullable<MenuProps["items"]>;

const THEMES = [
  { key: "auto", icon: <DesktopOutlined /> },
  { key: "light", icon: <SunOutlined /> },
  { key: "dark", icon: <MoonOutlined /> },
] as const;

const LANGUAGES: readonly { key: Locale; label: string }[] = [
  { key: "zh-CN", label: "简体中文" },
  { key: "en", label: "English" },
];

export const themeItems = (t: Translate): Items =>
  THEMES.map(({ key, icon }) => ({
    key: `theme:${key}`,
    icon,
    label: t(`theme_${key}`),
    onClick: () => prefer({ theme: key }),
  }));

export const languageItems = (): Items =>
  LANGUAGES.map(({ key, label }) => ({
    key: `locale:${key}`,
    label: <span lang={key}>{label}</span>,
    onClick: () => prefer({ locale: key }),
  }));

export const sendItems = (t: Translate): Items => [
  { key: "send:enter", label: t("send_by_enter"), onClick: () => prefer({ sendBy: "enter" }) },
  { key: "send:ctrl_enter", label: t("send_by_ctrl"), onClick: () => prefer({ sendBy: "ctrl_enter" }) },
];

/** The keys of what is chosen now, for a menu's marks. */
export const chosenKeys = (p: Preferences) => [`theme:${p.theme}`, `locale:${p.locale}`, `send:${p.sendBy}`];

export function ThemeButton() {
  const t = useT();
  const p = usePreferences();
  const icon = THEMES.find(({ key }) => key === p.theme)!.icon;
  return (
    <Dropdown trigger={["click"]} menu={{ items: themeItems(t), selectable: true, selectedKeys: chosenKeys(p) }}>
      <Button type="text" icon={icon} aria-label={t("theme")} aria-haspopup="menu" />
    </Dropdown>
  );
}

export function LanguageButton() {
  const t = useT();
  const p = usePreferences();
  return (
    <Dropdown trigger={["click"]} menu={{ items: languageItems(), selectable: true, selectedKeys: chosenKeys(p) }}>
      <Button type="text" icon={<TranslationOutlined />} aria-label={t("language")} aria-haspopup="menu" />
    </Dropdown>
  );
}

export function SoundButton() {
  const t = useT();
  const { sound } = usePreferences();
  const words = t(sound ? "sound_on" : "sound_off");
  const toggle = () => {
    prefer({ sound: !sound });
    if (!sound) play("message"); // so that the person hears what they turned on
  };
  return (
    <Tooltip title={words}>
      <Button
        type="text"
        icon={sound ? <SoundOutlined /> : <MutedOutlined />}
        aria-label={words}
        aria-pressed={sound}
        onClick={toggle}
      />
    </Tooltip>
  );
}

/** Turns desktop notifications on (asking the browser) or off. */
export function useDesktopSwitch(): () => void {
  const t = useT();
  const { desktop } = usePreferences();
  const { message } = App.useApp();
  return () => {
    if (desktop) return prefer({ desktop: false });
    void allowDesktop().then((allowed) => {
      prefer({ desktop: allowed });
      if (!allowed) void message.warning(t("desktop_blocked"));
    });
  };
}

// The header: own status and load, tastes, account.
import { AccountMenu } from "./AccountMenu";
import { StatusSwitch } from "./StatusSwitch";
import { LanguageButton, SoundButton, ThemeButton } from "./tastes";
import { useT } from "../i18n/words";

export function Header() {
  const t = useT();
  return (
    <header className="header">
      <span className="header-title">{t("product")}</span>
      <StatusSwitch />
      <div className="header-tastes">
        <SoundButton />
        <ThemeButton />
        <LanguageButton />
      </div>
      <AccountMenu />
    </header>
  );
}

// What stands around every screen: skip link, the rail of screens, the header, the state of the connection, and
// what is offered.
import { MessageOutlined, SettingOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import { NavLink, Outlet } from "react-router";
import type { PermissionKey } from "@chatserver/client/errors.gen";
import { useDeskState } from "../desk/react";
import { may } from "../desk/rights";
import type { DeskState } from "../desk/state";
import type { Key } from "../i18n/dictionary";
import { useT } from "../i18n/words";
import { Mark } from "../look/Mark";
import { Offers } from "../offers/Offers";
import { ConnectionBar } from "./ConnectionBar";
import { Header } from "./Header";
import { useTitle } from "./title";
import "./frame.css";

/** One entry for each screen; a later one is a line here, a route, and a folder in screens/. */
const SCREENS: readonly { to: string; words: Key; icon: ReactNode; needs?: PermissionKey }[] = [
  { to: "/chats", words: "nav_answer", icon: <MessageOutlined /> },
  { to: "/settings", words: "nav_settings", icon: <SettingOutlined />, needs: "settings.read" },
];

const meOf = (state: DeskState) => state.me;

export function Frame() {
  const t = useT();
  const me = useDeskState(meOf);
  useTitle();
  return (
    <div className="frame">
      <a className="skip" href="#main" onClick={toMain}>
        {t("skip")}
      </a>
      <nav className="rail" aria-label={t("nav")}>
        <Mark />
        <ul>
          {SCREENS.filter(({ needs }) => !needs || may(me, needs)).map(({ to, words, icon }) => (
            <li key={to}>
              <NavLink to={to}>
                {icon}
                <span>{t(words)}</span>
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
      <div className="frame-body">
        <Header />
        <ConnectionBar />
        <Offers />
        <main id="main" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
    </div>
  );
}

/** Focus moves without changing the address, which belongs to the router. */
function toMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

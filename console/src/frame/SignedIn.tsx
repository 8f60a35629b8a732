// The door: asks whose login this is, opens their desk, and shows the login page when there is none.
import type { AgentDown, AgentUp, LoggedIn } from "@chatserver/client/agent.gen";
import { ulid } from "@chatserver/client/ids";
import { Sio } from "@chatserver/client/sio";
import { Button, Result, Spin } from "antd";
import { useCallback, useEffect, useState, type ReactNode } from "react";
import { useLocation, useNavigate } from "react-router";
import { tell } from "../alerts/alerts";
import { Desk } from "../desk/desk";
import { DeskContext } from "../desk/react";
import { forgetDrafts } from "../drafts";
import { failureWords, useT } from "../i18n/words";
import { keep, kept } from "../keep";
import { usePreferences } from "../preferences";
import { currentSession, signOut } from "../session";

export function SignedIn({ children }: { children: ReactNode }) {
  const t = useT();
  const { locale } = usePreferences();
  const toLogin = useToLogin();
  const [login, setLogin] = useState<LoggedIn | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const ask = useCallback(() => {
    setFailure(null);
    currentSession().then((found) => (found ? setLogin(found) : toLogin("")), setFailure);
  }, [toLogin]);
  useEffect(ask, [ask]);
  const desk = useDesk(login, toLogin);

  if (failure) {
    const again = (
      <Button type="primary" onClick={ask}>
        {t("retry")}
      </Button>
    );
    return (
      <main className="whole">
        <Result status="warning" title={failureWords(failure, locale)} extra={again} />
      </main>
    );
  }
  if (!login || !desk)
    return (
      <main className="whole">
        <Spin description={t("loading")} />
      </main>
    );
  const leave = () => {
    // Whatever the server answers, this page is done with the login.
    void signOut(login.csrf)
      .catch(() => undefined)
      .then(() => (forgetDrafts(), toLogin("")));
  };
  return <DeskContext value={{ desk, name: login.name, leave, csrf: login.csrf }}>{children}</DeskContext>;
}

/** One desk for one login, open as long as it is on the page. */
function useDesk(login: LoggedIn | null, toLogin: (why: string) => void): Desk | null {
  const navigate = useNavigate();
  const [desk, setDesk] = useState<Desk | null>(null);
  useEffect(() => {
    if (!login) return;
    const auth = () => ({ csrf: login.csrf, device: device() });
    const link = new Sio<AgentUp, AgentDown>({ url: location.origin, namespace: "/agent", auth });
    const made = new Desk(link, login.agent, {
      now: Date.now,
      onSignedOut: () => toLogin("expired"),
      onAlert: (alert, card) => tell(alert, card, (id) => void navigate(`/chats/${id}`)),
    });
    setDesk(made);
    made.open();
    return () => made.close();
  }, [login, toLogin, navigate]);
  return desk;
}

/** To the login page, which brings the person back to where they are now. */
function useToLogin(): (why: string) => void {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [start] = useState(pathname);
  return useCallback(
    (why) => {
      const here = location.pathname.replace(/^\/console/, "") || start;
      const query = new URLSearchParams(why ? { next: here, why } : { next: here });
      void navigate(`/login?${query}`, { replace: true });
    },
    [navigate, start],
  );
}

/** This tab's name: the server tells two tabs of one agent apart by it. */
function device(): string {
  const known = kept("session", "device", "");
  if (known) return known;
  const made = ulid();
  keep("session", "device", made);
  return made;
}

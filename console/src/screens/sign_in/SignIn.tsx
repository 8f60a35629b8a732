// Signing in: account and password, the server's refusal in words, and the wait it asks for.
import { LockOutlined, UserOutlined } from "@ant-design/icons";
import { RefusedError } from "@chatserver/client/link";
import { Alert, Button, Form, Input } from "antd";
import { useEffect, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { LanguageButton, ThemeButton } from "../../frame/tastes";
import { failureWords, useT } from "../../i18n/words";
import { Mark } from "../../look/Mark";
import { useNow } from "../../look/now";
import { usePreferences } from "../../preferences";
import { signIn } from "../../session";
import "./sign_in.css";

/** When the server names no time: long enough to matter, short enough to stay. */
const WAIT_S = 30;

interface Entry {
  account: string;
  password: string;
}

export function SignIn() {
  const t = useT();
  const [query] = useSearchParams();
  const navigate = useNavigate();
  useEffect(() => void (document.title = `${t("sign_in")} - ${t("product")}`), [t]);
  const done = () => void navigate(safePlace(query.get("next")), { replace: true });
  return (
    <div className="sign-in">
      <div className="sign-in-tastes">
        <ThemeButton />
        <LanguageButton />
      </div>
      <main className="sign-in-card">
        <Mark size={44} />
        <h1>{t("product")}</h1>
        <p>{t(query.get("why") ? "signed_out_expired" : "sign_in_lead")}</p>
        <SignInForm done={done} />
      </main>
    </div>
  );
}

export function SignInForm({ done }: { done: () => void }) {
  const t = useT();
  const { locale } = usePreferences();
  const [failure, setFailure] = useState<unknown>(null);
  const [until, setUntil] = useState(0);
  const [busy, setBusy] = useState(false);
  const left = Math.ceil((until - useNow(1)) / 1000);
  const waits = left > 0;

  const submit = async ({ account, password }: Entry) => {
    setBusy(true);
    setFailure(null);
    try {
      await signIn(account.trim(), password);
      done();
    } catch (refused) {
      setFailure(refused);
      setUntil(waitOf(refused));
    }
    setBusy(false);
  };
  return (
    <Form<Entry>
      layout="vertical"
      requiredMark={false}
      size="large"
      onFinish={(entry) => void submit(entry)}
      className="sign-in-form"
    >
      {failure !== null && (
        <Alert
          type="error"
          showIcon
          role="alert"
          title={failureWords(failure, locale)}
          description={waits ? t("try_in", { n: left }) : undefined}
        />
      )}
      <Form.Item
        name="account"
        label={t("account")}
        rules={[{ required: true, whitespace: true, message: t("account_missing") }]}
      >
        <Input prefix={<UserOutlined />} autoComplete="username" autoFocus maxLength={128} />
      </Form.Item>
      <Form.Item name="password" label={t("password")} rules={[{ required: true, message: t("password_missing") }]}>
        <Input.Password prefix={<LockOutlined />} autoComplete="current-password" maxLength={256} />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy} disabled={waits}>
        {t(busy ? "signing_in" : "sign_in")}
      </Button>
    </Form>
  );
}

/** Epoch ms until which trying again is useless; `data.wait` is in seconds. */
function waitOf(refused: unknown): number {
  if (!(refused instanceof RefusedError) || refused.code !== "rate_limited") return 0;
  const { wait } = refused.data;
  return Date.now() + 1000 * (typeof wait === "number" && wait > 0 ? wait : WAIT_S);
}

/** Only a place inside the console: the address is not ours to trust. */
export function safePlace(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith("/login") ? next : "/chats";
}

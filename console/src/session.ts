// The login over HTTP. The session itself is an HttpOnly cookie that no script here can read.
import type { LoggedIn } from "@chatserver/client/agent.gen";
import { OfflineError, refusalIn, RefusedError } from "@chatserver/client/link";

export const JSON_HEADERS = { "Content-Type": "application/json" };

/** Rejects with `RefusedError` (bad_credentials, rate_limited, ...) or `OfflineError`. */
export async function signIn(account: string, password: string): Promise<LoggedIn> {
  const answer = await ask("/api/login", {
    method: "POST",
    headers: JSON_HEADERS,
    body: JSON.stringify({ account, password }),
  });
  return (await answer.json()) as LoggedIn;
}

/** The login of this browser, `null` when there is none, or none any more. */
export async function currentSession(): Promise<LoggedIn | null> {
  try {
    return (await (await ask("/api/session")).json()) as LoggedIn | null;
  } catch (failure) {
    if (failure instanceof RefusedError && failure.code === "unauthenticated") return null;
    throw failure;
  }
}

export async function signOut(csrf: string): Promise<void> {
  await ask("/api/logout", { method: "POST", headers: { "X-CSRF-Token": csrf } });
}

/** Any request of this login. Rejects with `RefusedError` or `OfflineError`. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(path, { credentials: "same-origin", ...init }).catch(() => null);
  if (!answer) throw new OfflineError(path);
  if (answer.ok) return answer;
  const refusal = refusalIn(await answer.json().catch(() => null));
  // A proxy's error page has no code of ours; the status must do.
  const bare = answer.status === 401 ? "unauthenticated" : "internal";
  throw new RefusedError(refusal ?? { code: bare, retry: "later", data: {} });
}

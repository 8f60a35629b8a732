// What a button does to a conversation: busy while it runs, and the refusal in words.
import { App } from "antd";
import { useState } from "react";
import { useAtDesk } from "../../desk/react";
import { failureWords, useT } from "../../i18n/words";
import { prefer, usePreferences } from "../../preferences";

type Action = [busy: boolean, run: (conversation: string) => void];

function useAction(act: (conversation: string) => Promise<void>, done: (conversation: string) => void): Action {
  const { message } = App.useApp();
  const { locale } = usePreferences();
  const [busy, setBusy] = useState(false);
  const run = (conversation: string) => {
    setBusy(true);
    act(conversation)
      .then(() => done(conversation), (failure: unknown) => void message.error(failureWords(failure, locale)))
      .finally(() => setBusy(false));
  };
  return [busy, run];
}

/** What was taken is mine from now on, so the list shows mine. */
export function useTake(): Action {
  const { desk } = useAtDesk();
  return useAction(
    (id) => desk.take(id),
    () => prefer({ tab: "mine" }),
  );
}

/** What was offered and accepted is mine from now on, too; `done` is told which. */
export function useAccept(done: (conversation: string) => void): Action {
  const { desk } = useAtDesk();
  return useAction(
    (id) => desk.accept(id),
    (id) => (prefer({ tab: "mine" }), done(id)),
  );
}

export function useDecline(): Action {
  const { desk } = useAtDesk();
  const { message } = App.useApp();
  const t = useT();
  return useAction(
    (id) => desk.decline(id),
    () => void message.info(t("offer_declined")),
  );
}

/** 转接: no longer asks the colleague; that is the wire's `decline` by who serves. */
export function useWithdraw(): Action {
  const { desk } = useAtDesk();
  const { message } = App.useApp();
  const t = useT();
  return useAction(
    (id) => desk.decline(id),
    () => void message.info(t("transfer_withdrawn")),
  );
}

export function useInvite(): Action {
  const { desk } = useAtDesk();
  const { message } = App.useApp();
  const t = useT();
  return useAction(
    (id) => desk.invite(id),
    () => void message.success(t("invited")),
  );
}

export function useEnd(): Action {
  const { desk } = useAtDesk();
  return useAction(
    (id) => desk.end(id),
    () => undefined,
  );
}

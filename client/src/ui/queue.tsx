// While the visitor waits: how many are in front, live, and the way out of the queue.
import type { VisitorConversation } from "../visitor.gen";
import type { Ui } from "./ui";

export function Queue({ chat, t, conversation }: Ui & { conversation: VisitorConversation | null }) {
  const waiting = conversation?.phase === "queued";
  const ahead = conversation?.ahead ?? 0;
  return (
    <div role="status">
      {waiting && (
        <div class="bar queue">
          <i />
          <span>
            <b>{t("queued")}</b> {ahead ? t("ahead", { n: ahead }) : t("next")}
          </span>
          <button class="quiet" onClick={() => chat.attempt(chat.act("leave_queue", {}))}>{t("leaveQueue")}</button>
        </div>
      )}
    </div>
  );
}

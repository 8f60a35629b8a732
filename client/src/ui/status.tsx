// The line under the header that says what is wrong, and nothing while all is well.
import type { ChatState } from "../chat";
import { explain, reason } from "../sentences";
import { Icon } from "./icons";
import type { Ui } from "./ui";

function trouble({ status, why, problem }: ChatState, language: Ui["language"]): string {
  if (status === "denied" && why) return reason(why, language);
  if (status === "offline") return language.t("offline");
  if (status === "connecting") return language.t("connecting");
  return problem ? explain(problem, language) : "";
}

/** A region that always stands, so that screen readers notice when words come into it. */
export function StatusBar({ state, language }: Ui & { state: ChatState }) {
  const words = trouble(state, language);
  const calm = state.status === "connecting";
  return (
    <div role="status">
      {words && (
        <p class={calm ? "bar calm" : "bar"}>
          <Icon name="alert" />
          <span>{words}</span>
        </p>
      )}
    </div>
  );
}

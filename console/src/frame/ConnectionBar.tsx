// Says when the desk is not live, and that nothing typed is lost.
import { LoadingOutlined, WarningOutlined } from "@ant-design/icons";
import { useDeskState } from "../desk/react";
import type { DeskState } from "../desk/state";
import { refusalWords, useT } from "../i18n/words";
import { usePreferences } from "../preferences";

const connection = (state: DeskState) => state.connection;
const denial = (state: DeskState) => state.denial;
const ready = (state: DeskState) => state.ready;

export function ConnectionBar() {
  const t = useT();
  const { locale } = usePreferences();
  const now = useDeskState(connection);
  const why = useDeskState(denial);
  const was = useDeskState(ready);
  const words =
    now === "denied" ? t("denied", { why: refusalWords(why, {}, locale) }) : t(was ? "reconnecting" : "connecting");
  // The live region stays in the page, or a screen reader would miss the change.
  return (
    <div role="status" className={`connection connection-${now}`}>
      {now !== "online" && (
        <p>
          {now === "denied" ? <WarningOutlined /> : <LoadingOutlined />}
          {words}
        </p>
      )}
    </div>
  );
}

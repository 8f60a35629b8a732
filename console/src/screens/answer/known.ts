// The names behind a card's ids, where this desk knows them.
import type { Card } from "@chatserver/client/agent.gen";
import { useCallback } from "react";
import { useDeskState } from "../../desk/react";
import type { DeskState } from "../../desk/state";
import { useT } from "../../i18n/words";

export function useNames({ inbox, group, agent }: Card) {
  return {
    inbox: useDeskState(useCallback((state: DeskState) => state.inboxes.get(inbox), [inbox])),
    group: useDeskState(useCallback((state: DeskState) => state.groups.get(group ?? ""), [group])),
    agent: useDeskState(useCallback((state: DeskState) => state.agents.get(agent ?? "")?.name, [agent])),
  };
}

/** Who is asked to take it, in words. */
export function useAsking({ offer }: Card): string {
  const t = useT();
  const agent = useDeskState(useCallback((state: DeskState) => state.agents.get(offer?.agent ?? "")?.name, [offer]));
  return agent ? t("asking", { agent }) : t("asking_unknown");
}

// What an open transfer dialog holds: which list, the words searched for, and the choice.
import type { Card } from "@chatserver/client/agent.gen";
import { useEffect, useMemo, useState } from "react";
import { colleaguesFor, teamsFor, type Choice } from "../../desk/handover";
import { useAtDesk, useDeskState } from "../../desk/react";
import type { DeskState } from "../../desk/state";

export type Kind = Choice["kind"];

export interface Choosing {
  readonly kind: Kind;
  readonly words: string;
  readonly choices: readonly Choice[];
  /** Who would get the conversation now. */
  readonly chosen: Choice | undefined;
  readonly turn: (kind: Kind) => void;
  readonly search: (words: string) => void;
  readonly pick: (id: string) => void;
  /** To the next (1) or the previous (-1) of those who can be chosen. */
  readonly step: (by: 1 | -1) => void;
}

const agentsOf = (state: DeskState) => state.agents;
const groupsOf = (state: DeskState) => state.groups;
const statusesOf = (state: DeskState) => state.statuses;
const meOf = (state: DeskState) => state.me;

/** `changed`: the agent chose or searched anew, what was said about the last choice is past. */
export function useChoosing(card: Card, changed: () => void): Choosing {
  const { desk } = useAtDesk();
  const [kind, setKind] = useState<Kind>("agent");
  const [words, setWords] = useState("");
  const [id, setId] = useState("");
  const choices = useChoices(card, kind, words);
  useEffect(() => desk.refresh(), [desk]);
  const open = choices.filter(({ bar }) => !bar);
  // Whoever searched by name means the first that is found; without a word nobody is chosen by chance.
  const chosen = open.find((choice) => choice.id === id) ?? (words.trim() ? open[0] : undefined);
  return {
    kind,
    words,
    choices,
    chosen,
    turn: (to) => (setKind(to), setWords(""), setId(""), changed()),
    search: (text) => (setWords(text), setId(""), changed()),
    pick: (to) => (setId(to), changed()),
    step: (by) => {
      const to = open[chosen ? open.indexOf(chosen) + by : 0];
      if (to) setId(to.id);
      changed();
    },
  };
}

function useChoices(card: Card, kind: Kind, words: string): readonly Choice[] {
  const agents = useDeskState(agentsOf);
  const groups = useDeskState(groupsOf);
  const statuses = useDeskState(statusesOf);
  const me = useDeskState(meOf);
  return useMemo(() => {
    const staff = { agents, groups, statuses, me };
    return kind === "agent" ? colleaguesFor(card, staff, words) : teamsFor(card, staff, words);
  }, [card, kind, words, agents, groups, statuses, me]);
}

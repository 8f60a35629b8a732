// The desk as React sees it: a context, and a hook that draws again only when the selected part changed.
import { createContext, use, useCallback, useSyncExternalStore } from "react";
import type { Desk } from "./desk";
import type { DeskState } from "./state";

export interface AtDesk {
  readonly desk: Desk;
  /** The agent's name as the login told it, for the time before the snapshot. */
  readonly name: string;
  /** Log out and go to the login page. */
  readonly leave: () => void;
  /** What every request that changes something must repeat. */
  readonly csrf: string;
}

export const DeskContext = createContext<AtDesk | null>(null);

export function useAtDesk(): AtDesk {
  const at = use(DeskContext);
  if (!at) throw new Error("used outside of a login");
  return at;
}

/** `select` must return a part of the state itself, not something made anew, and be stable between draws. */
export function useDeskState<T>(select: (state: DeskState) => T): T {
  const { desk } = useAtDesk();
  return useSyncExternalStore(
    desk.subscribe,
    useCallback(() => select(desk.snapshot()), [desk, select]),
  );
}

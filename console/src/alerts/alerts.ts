// Tells the person: a tone, and a desktop notification while the page is hidden. What deserves it is decided in
// desk/alert.ts.
import type { Card } from "@chatserver/client/agent.gen";
import type { Alert } from "../desk/alert";
import { translator } from "../i18n/words";
import { preferences } from "../preferences";
import { nameOf } from "../screens/answer/names";
import { play } from "./tones";

/** `open` brings the agent to the conversation when they click the notification. */
export function tell(alert: Alert, card: Card, open: (conversation: string) => void): void {
  const { sound, desktop, locale } = preferences();
  // What is offered rings by its own bell, until it is answered.
  if (sound && alert !== "offered") play(alert);
  if (!desktop || !document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  const t = translator(locale);
  const title = t(`alert_${alert}`, { name: nameOf(card, t) });
  // One notification for each conversation: a newer one replaces the older.
  const shown = new Notification(title, { body: card.last?.text ?? "", tag: card.id, silent: true });
  shown.onclick = () => {
    window.focus();
    open(card.id);
    shown.close();
  };
}

/** Asks the browser; must be called from a click. */
export async function allowDesktop(): Promise<boolean> {
  if (!("Notification" in window)) return false;
  return (await Notification.requestPermission()) === "granted";
}

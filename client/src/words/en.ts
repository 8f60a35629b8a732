// The words of the visitor's window in English, as far as a first conversation needs them.
import said from "../../../chatserver/locales/en.json?first";
import type { Word } from "../i18n";

export const words: Record<Word, string> = {
  minimise: "Minimise",
  title: "Chat with us",
  log: "Messages",
  you: "You",
  bot: "Assistant",
  agent: "Agent",
  compose: "Write a message…",
  composeNew: "Write to start a new conversation…",
  send: "Send",
  sending: "Sending",
  sent: "Sent",
  read: "Read",
  failed: "Not sent",
  typing: "is typing",
  connecting: "Connecting…",
  offline: "You are offline. Messages go out when the connection is back",
  ahead: "{n} ahead of you",
  next: "You are next",
  queued: "In the queue",
  leaveQueue: "Leave the queue",
  end: "End conversation",
  fresh: "{n} new",
  bottom: "Back to the newest message",
  welcome: "Hello, how can we help?",
  sound: "Sound",
};

export { said };

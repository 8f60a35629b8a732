// What every part of the window needs: the chat, and the words in the language in force.
import type { Chat } from "../chat";
import type { Language } from "../i18n";

export interface Ui {
  readonly chat: Chat;
  readonly language: Language;
  /** `language.t`, which every part needs. */
  readonly t: Language["t"];
}

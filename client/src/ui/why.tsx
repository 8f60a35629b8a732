// Why something did not work, in words; the page that has nothing to offer but that; and what can be done about a line.
import type { Refusal } from "../link";
import { explain, notice as words } from "../reasons";
import type { NoticeContent } from "../visitor.gen";
import { say } from "../words/rest";
import type { Ui } from "./ui";

interface Props {
  of: Error | Refusal;
  language: Ui["language"];
}

export function Why({ of, language }: Props) {
  return <>{explain(of, language)}</>;
}

/** A notice that few conversations meet; one from a newer server than this page has no words, and is left out. */
export function Notice({ notice, language }: { notice: NoticeContent; language: Ui["language"] }) {
  const said = words(notice, language);
  return said ? <p class="notice">{said}</p> : null;
}

export function Sorry(props: Props) {
  return (
    <p class="empty" role="alert"><Why {...props} /></p>
  );
}

/** A line that was not taken: the reason, and what the visitor can do. */
export function Failed({ chat, t, language, id, why }: Ui & { id: string; why: Error | null }) {
  return (
    <>
      <span>{why ? <Why of={why} language={language} /> : t("failed")}</span>
      <button type="button" onClick={() => chat.outbox.retry(id)}>{say("retry", language)}</button>
      <button type="button" onClick={() => chat.outbox.discard(id)}>{say("discard", language)}</button>
    </>
  );
}

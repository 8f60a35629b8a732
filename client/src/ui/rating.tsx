// 满意度: how it was, in one tap; then why, and a word if the visitor likes. Fetched when the first survey is asked.
import { useState } from "preact/hooks";
import { explain, sentence } from "../sentences";
import type { RatingContent } from "../visitor.gen";
import type { Ui } from "./ui";

/** The server's limit for the free words. */
const COMMENT_LIMIT = 500;

export function Rating({ chat, t, language, id, survey, asked }: Ui & { id: string; survey: RatingContent; asked: boolean }) {
  const [score, setScore] = useState(0);
  const [tags, setTags] = useState<readonly string[]>([]);
  const [comment, setComment] = useState("");
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const { agent, text } = survey;
  const question = text || sentence({ kind: "notice", code: "rating_asked", data: { agent }, text }, language);
  if (!asked) return <p>{question}<span class="done"> {t("rateOver")}</span></p>;

  const level = survey.levels.find((one) => one.score === score);
  const toggle = (tag: string) => setTags(tags.includes(tag) ? tags.filter((one) => one !== tag) : [...tags, tag]);
  const choose = (chosen: number) => {
    setScore(chosen);
    setTags([]); // they belonged to the other level
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const log = (event.currentTarget as HTMLElement).closest<HTMLElement>("[role=log]");
    setBusy(true);
    setWrong("");
    try {
      await chat.rate({ item: id, score, tags, comment: comment.trim() });
      log?.focus(); // the form is gone, and with it whatever had the focus
    } catch (error) {
      setWrong(explain(error as Error, language));
    }
    setBusy(false);
  };
  return (
    <form class="card" onSubmit={submit}>
      <fieldset class="levels">
        <legend>{question}</legend>
        {survey.levels.map((one) => (
          <label key={one.score}>
            <input type="radio" name={`r${id}`} checked={one.score === score} onChange={() => choose(one.score)} />
            <span>{one.label}</span>
          </label>
        ))}
      </fieldset>
      {level && level.tags.length > 0 && (
        <div class="levels">
          {level.tags.map((tag) => (
            <button type="button" key={tag} aria-pressed={tags.includes(tag)} onClick={() => toggle(tag)}>{tag}</button>
          ))}
        </div>
      )}
      {level && (
        <div class="field">
          <textarea rows={2} maxLength={COMMENT_LIMIT} aria-label={t("comment")} placeholder={t("comment")} value={comment}
            onInput={(event) => setComment(event.currentTarget.value)} />
        </div>
      )}
      {wrong && <p class="wrong" role="alert">{wrong}</p>}
      <button class="primary" disabled={!level || busy}>{t(busy ? "submitting" : "submit")}</button>
    </form>
  );
}

// 满意度: how it was, in one tap; then why, and a word if the visitor likes.
import { Component } from "preact";
import { explain, notice } from "../reasons";
import type { RatingContent } from "../visitor.gen";
import { say } from "../words/rest";
import { styled } from "./styled";
import type { Ui } from "./ui";

/** The server's limit for the free words. */
const COMMENT_LIMIT = 500;

interface Props extends Ui {
  id: string;
  survey: RatingContent;
  asked: boolean;
}

interface Verdict {
  score: number;
  tags: readonly string[];
  comment: string;
  busy: boolean;
  wrong: string;
}

export class Rating extends Component<Props, Verdict> {
  override state: Verdict = { score: 0, tags: [], comment: "", busy: false, wrong: "" };

  #toggle(tag: string): void {
    const { tags } = this.state;
    this.setState({ tags: tags.includes(tag) ? tags.filter((one) => one !== tag) : [...tags, tag] });
  }

  #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { chat, id, language } = this.props;
    const { score, tags, comment } = this.state;
    const log = (event.currentTarget as HTMLElement).closest<HTMLElement>("[role=log]");
    this.setState({ busy: true, wrong: "" });
    try {
      await chat.act("rate", { item: id, score, tags, comment: comment.trim() });
      log?.focus(); // the form is gone, and with it whatever had the focus
    } catch (error) {
      this.setState({ wrong: explain(error as Error, language) });
    }
    this.setState({ busy: false });
  };

  override render({ language, id, survey, asked }: Props, { score, tags, comment, busy, wrong }: Verdict) {
    const { agent, text } = survey;
    const question = notice({ code: "rating_asked", data: { agent }, text }, language);
    if (!asked) return <p ref={styled}>{question}<span class="done"> {say("rateOver", language)}</span></p>;
    const level = survey.levels.find((one) => one.score === score);
    const words = say("comment", language);
    return (
      <form class="card" ref={styled} onSubmit={this.#submit}>
        <fieldset class="levels">
          <legend>{question}</legend>
          {survey.levels.map((one) => (
            <label key={one.score}>
              <input type="radio" name={`r${id}`} checked={one.score === score}
                onChange={() => this.setState({ score: one.score, tags: [] /* they belonged to the other level */ })} />
              <span>{one.label}</span>
            </label>
          ))}
        </fieldset>
        {level && level.tags.length > 0 && (
          <div class="levels">
            {level.tags.map((tag) => (
              <button type="button" key={tag} aria-pressed={tags.includes(tag)} onClick={() => this.#toggle(tag)}>{tag}</button>
            ))}
          </div>
        )}
        {level && (
          <div class="field">
            <textarea rows={2} maxLength={COMMENT_LIMIT} aria-label={words} placeholder={words} value={comment}
              onInput={(event) => this.setState({ comment: event.currentTarget.value })} />
          </div>
        )}
        {wrong && <p class="wrong" role="alert">{wrong}</p>}
        <button class="primary" disabled={!level || busy}>{say(busy ? "submitting" : "submit", language)}</button>
      </form>
    );
  }
}

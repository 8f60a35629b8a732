// 留言表单: fields to fill while the conversation asks; what the server refuses is said beside its field.
import { Component, createRef } from "preact";
import { RefusedError } from "../link";
import { explain } from "../reasons";
import type { AnswersContent, FormContent, FormField } from "../visitor.gen";
import { say } from "../words/rest";
import { styled } from "./styled";
import type { Ui } from "./ui";

interface Wrong {
  readonly field: string;
  readonly words: string;
}

interface Props extends Ui {
  id: string;
  form: FormContent;
  asked: boolean;
}

interface Filling {
  busy: boolean;
  wrong: Wrong | null;
}

function Input({ field, language, id, wrong }: { field: FormField; language: Ui["language"]; id: string; wrong: string | undefined }) {
  const common = {
    id,
    name: field.key,
    required: field.required,
    "aria-invalid": !!wrong,
    "aria-describedby": wrong ? `${id}-wrong` : undefined,
  };
  if (field.kind === "textarea") return <textarea {...common} rows={3} maxLength={4000} />;
  if (field.kind === "select") {
    return (
      <select {...common}>
        <option value="">{say("choose", language)}</option>
        {field.options.map((option) => <option key={option}>{option}</option>)}
      </select>
    );
  }
  const complete = /tel|email/.test(field.kind) ? field.kind : /^name$/i.test(field.key) ? "name" : "on";
  return <input {...common} type={field.kind as "text"} autocomplete={complete} maxLength={400} />;
}

export class Form extends Component<Props, Filling> {
  override state: Filling = { busy: false, wrong: null };
  #element = createRef<HTMLFormElement>();

  override componentDidMount(): void {
    const form = this.#element.current;
    styled(form);
    const line = form?.closest<HTMLElement>(".line");
    const log = form?.closest("[role=log]");
    // Whoever is at the end sees a form from its question on, when it is higher than the view.
    if (line && log && !log.scrollTop && line.offsetHeight > log.clientHeight) line.scrollIntoView();
  }

  #point(field: string, words: string): void {
    this.setState({ busy: false, wrong: { field, words } });
    (this.#element.current?.elements.namedItem(field) as HTMLElement | null)?.focus();
  }

  #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { chat, form, language } = this.props;
    const element = this.#element.current!;
    const log = element.closest<HTMLElement>("[role=log]");
    const filled = Object.fromEntries(new FormData(element)) as Record<string, string>;
    const missing = form.fields.find((field) => field.required && !filled[field.key]?.trim());
    if (missing) return this.#point(missing.key, say("missing", language, { ...missing }));
    this.setState({ busy: true, wrong: null });
    try {
      await chat.act("submit", { values: filled });
      this.setState({ busy: false });
      log?.focus(); // the form is gone, and with it whatever had the focus
    } catch (error) {
      const field = error instanceof RefusedError ? error.data["field"] : "";
      this.#point(String(field ?? ""), explain(error as Error, language));
    }
  };

  override render({ language, id, form, asked }: Props, { busy, wrong }: Filling) {
    if (!asked) return <p class="done" ref={styled}>{say("submitted", language)}</p>;
    const known = form.fields.some((field) => field.key === wrong?.field);
    return (
      <form class="card" ref={this.#element} noValidate onSubmit={this.#submit}>
        {form.fields.map((field) => {
          const at = `f${id}-${field.key}`;
          const words = wrong?.field === field.key ? wrong.words : undefined;
          return (
            <div class="field" key={field.key}>
              <label for={at}>
                {field.label}
                {field.required && <span class="must" aria-hidden="true"> *</span>}
              </label>
              <Input field={field} language={language} id={at} wrong={words} />
              {words && <p class="wrong" id={`${at}-wrong`} role="alert">{words}</p>}
            </div>
          );
        })}
        {wrong && !known && <p class="wrong" role="alert">{wrong.words}</p>}
        <button class="primary" disabled={busy}>{say(busy ? "submitting" : "submit", language)}</button>
      </form>
    );
  }
}

/** What was filled in. */
export function Answers({ answers }: { answers: AnswersContent }) {
  return (
    <dl ref={styled}>
      {answers.items.filter((answer) => answer.value).map((answer) => (
        <div key={answer.key}>
          <dt>{answer.label}</dt>
          <dd>{answer.value}</dd>
        </div>
      ))}
    </dl>
  );
}

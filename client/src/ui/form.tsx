// 留言表单: fields to fill while the conversation asks; what the server refuses is said beside its field.
import { useRef, useState } from "preact/hooks";
import { explain } from "../sentences";
import { RefusedError } from "../link";
import type { FormContent, FormField } from "../visitor.gen";
import type { Ui } from "./ui";

type Filled = Record<string, string>;

interface Wrong {
  readonly field: string;
  readonly words: string;
}

function Input({ field, t, id, wrong }: { field: FormField; t: Ui["t"]; id: string; wrong: string | undefined }) {
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
        <option value="">{t("choose")}</option>
        {field.options.map((option) => <option key={option}>{option}</option>)}
      </select>
    );
  }
  const complete = field.kind === "text" ? (/^name$/i.test(field.key) ? "name" : "on") : field.kind;
  return <input {...common} type={field.kind as "text"} autocomplete={complete} maxLength={400} />;
}

export function Form({ chat, t, language, id, form, asked }: Ui & { id: string; form: FormContent; asked: boolean }) {
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<Wrong | null>(null);
  const element = useRef<HTMLFormElement>(null);
  if (!asked) return <p class="done">{t("submitted")}</p>;

  const point = (field: string, words: string) => {
    setWrong({ field, words });
    (element.current?.elements.namedItem(field) as HTMLElement | null)?.focus();
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const log = (event.currentTarget as HTMLElement).closest<HTMLElement>("[role=log]");
    const filled = Object.fromEntries(new FormData(element.current!)) as Filled;
    const missing = form.fields.find((field) => field.required && !filled[field.key]?.trim());
    if (missing) return point(missing.key, t("missing", missing as unknown as Filled));
    setBusy(true);
    setWrong(null);
    try {
      await chat.submit(filled);
      log?.focus(); // the form is gone, and with it whatever had the focus
    } catch (error) {
      const field = error instanceof RefusedError ? error.data["field"] : "";
      point(String(field ?? ""), explain(error as Error, language));
    }
    setBusy(false);
  };
  const known = form.fields.some((field) => field.key === wrong?.field);
  return (
    <form class="card" ref={element} noValidate onSubmit={submit}>
      {form.fields.map((field) => {
        const at = `f${id}-${field.key}`;
        const words = wrong?.field === field.key ? wrong.words : undefined;
        return (
          <div class="field" key={field.key}>
            <label for={at}>
              {field.label}
              {field.required && <span class="must" aria-hidden="true"> *</span>}
            </label>
            <Input field={field} t={t} id={at} wrong={words} />
            {words && <p class="wrong" id={`${at}-wrong`} role="alert">{words}</p>}
          </div>
        );
      })}
      {wrong && !known && <p class="wrong" role="alert">{wrong.words}</p>}
      <button class="primary" disabled={busy}>{t(busy ? "submitting" : "submit")}</button>
    </form>
  );
}

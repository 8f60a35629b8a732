// One setting: its name, its control, what it is for, and what is wrong with it. Draws itself from the schema.
import { ArrowUpOutlined, DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Collapse, Input, InputNumber, Segmented, Select, Switch } from "antd";
import { useId, useRef, useState } from "react";
import { useT, type Translate } from "../../i18n/words";
import { usePreferences } from "../../preferences";
import { fresh, labelOf, mayLack, resolved, shapeOf, type Schema, type Shape } from "./schema";
import { earlier, isJson, nameOf, withItem, withKey, without, type Json } from "./tree";

/** What every field needs: the whole schema, for references, the problems by path, and all that is set. */
export interface Sheet {
  readonly root: Schema;
  readonly problems: ReadonlyMap<string, string>;
  readonly settings: Json;
}

interface FieldProps {
  readonly sheet: Sheet;
  readonly path: string;
  readonly name: string;
  readonly schema: Schema;
  readonly value: unknown;
  readonly set: (next: unknown) => void;
  /** The name stands above already. */
  readonly quiet?: boolean;
  /** The field may be left out. */
  readonly optional?: boolean;
  /** What holds where nothing is given. */
  readonly otherwise?: unknown;
}

export function Field(props: FieldProps) {
  const { sheet, path, name, schema: given, value, set, quiet = false, optional = false } = props;
  const { locale } = usePreferences();
  const id = useId();
  const schema = resolved(given, sheet.root);
  const { description, ...inner } = schema;
  const shape: Shape = optional ? { kind: "maybe", inner } : shapeOf(schema, sheet.root);
  const elsewhere = schema["x-else"];
  const otherwise = elsewhere ? sheet.settings[elsewhere] : props.otherwise;
  const label = labelOf(name, schema, locale);
  // What is drawn inside says it there.
  const told = shape.kind === "maybe" && (value ?? null) !== null ? undefined : sheet.problems.get(path);
  const problem = limitsWords(shape, value, useT()) ?? told;
  const control = (
    <Control
      {...{ sheet, path, shape, schema, value, set, id, optional, otherwise }}
      described={problem ? `${id}-problem` : undefined}
    />
  );
  const grouped = shape.kind === "parts" || shape.kind === "list" || shape.kind === "maybe";
  const words = (
    <>
      {description && <p className="setting-help">{description}</p>}
      {problem && (
        <p className="setting-problem" id={`${id}-problem`} role="alert">
          {problem}
        </p>
      )}
    </>
  );
  if (grouped)
    return (
      <fieldset className={quiet ? "setting-group setting-alone" : "setting-group"}>
        <legend className={quiet ? "hidden-words" : ""}>{label}</legend>
        {words}
        {control}
      </fieldset>
    );
  return (
    <div className={`setting setting-${shape.kind}`}>
      <label htmlFor={id}>{label}</label>
      {control}
      {words}
    </div>
  );
}

interface ControlProps extends Omit<FieldProps, "name"> {
  readonly shape: Shape;
  readonly id: string;
  readonly described?: string | undefined;
}

function Control(props: ControlProps) {
  const { sheet, path, shape, schema, value, set, id, described, optional = false, otherwise } = props;
  const common = { id, ...(described ? { "aria-describedby": described, status: "error" as const } : {}) };
  switch (shape.kind) {
    case "text":
      return shape.long ? (
        <Input.TextArea
          {...common}
          autoSize={{ minRows: 2, maxRows: 8 }}
          {...max(shape)}
          value={String(value ?? "")}
          onChange={(e) => set(e.target.value)}
        />
      ) : (
        <Input {...common} {...max(shape)} value={String(value ?? "")} onChange={(e) => set(e.target.value)} />
      );
    case "number":
      return <Count {...{ common, shape, set }} value={Number(value ?? 0)} />;
    case "switch":
      return <Switch id={id} checked={value === true} onChange={set} />;
    case "choice":
      return (
        <Select
          {...common}
          value={String(value ?? "")}
          onChange={set}
          options={shape.options.map((option) => ({ value: option, label: option }))}
        />
      );
    case "words":
      return (
        <Select
          {...common}
          mode="tags"
          open={false}
          suffixIcon={null}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={set}
        />
      );
    case "maybe":
      return <Maybe {...{ sheet, path, value, set, optional, otherwise }} inner={shape.inner} />;
    case "parts":
      return <Parts {...{ sheet, path, schema, value, set, otherwise }} />;
    case "list":
      return <List {...{ sheet, path, value, set }} shape={shape} />;
    case "raw":
      return <Raw {...{ id, value, set }} />;
  }
}

/** Every field of a struct, in the schema's order. */
export function Parts({ sheet, path, schema, value, set, otherwise }: Omit<FieldProps, "name">) {
  const shape = shapeOf(schema, sheet.root);
  if (shape.kind !== "parts") return null;
  const held = isJson(value) ? value : {};
  const mayBe = isJson(otherwise) ? otherwise : {};
  return (
    <div className="setting-parts">
      {shape.parts.map(([key, part]) => {
        const optional = mayLack(key, resolved(schema, sheet.root), sheet.root);
        return (
          <Field
            key={key}
            sheet={sheet}
            path={`${path}.${key}`}
            name={key}
            schema={part}
            value={optional ? held[key] : (held[key] ?? fresh(part, sheet.root))}
            set={(next) => set(withKey(held, key, next))}
            optional={optional}
            otherwise={mayBe[key]}
          />
        );
      })}
    </div>
  );
}

/**
 * A number as it is typed: an empty box is somebody in the middle of typing, and means what stood there before. It is
 * not bent into its limits, which would save what nobody meant.
 */
function Count(props: {
  readonly common: object;
  readonly shape: Shape & { kind: "number" };
  readonly value: number;
  readonly set: (next: number) => void;
}) {
  const { common, shape, value, set } = props;
  const [empty, setEmpty] = useState(false);
  const before = useRef(value);
  return (
    <InputNumber
      {...common}
      {...(shape.whole ? { precision: 0 } : {})}
      value={empty ? null : value}
      onFocus={() => (before.current = value)}
      onChange={(next) => (setEmpty(next === null), set(next ?? before.current))}
      onBlur={() => setEmpty(false)}
      onPressEnter={() => setEmpty(false)}
    />
  );
}

function limitsWords(shape: Shape, value: unknown, t: Translate): string | undefined {
  if (shape.kind !== "number" || typeof value !== "number") return undefined;
  const { min = -Infinity, max = Infinity } = shape;
  if (value >= min && value <= max) return undefined;
  return max === Infinity ? t("settings_least", { min }) : t("settings_between", { min, max });
}

/**
 * Settings of its own, or none: null, or left out where the field is optional. Where it may be both, one is as for all
 * and the other really none. They begin with what holds already.
 */
function Maybe(props: Omit<FieldProps, "name" | "schema"> & { readonly inner: Schema }) {
  const t = useT();
  const { sheet, path, value, set, optional, otherwise } = props;
  const within = shapeOf(props.inner, sheet.root);
  const both = optional && within.kind === "maybe";
  const inner = both ? within.inner : props.inner;
  const none = optional ? undefined : null;
  const on = (value ?? null) !== null;
  const parts = shapeOf(inner, sheet.root).kind === "parts";
  const anew = () => fresh({ ...resolved(inner, sheet.root), default: undefined }, sheet.root);
  const begin = () => set(parts || (otherwise ?? null) === null ? anew() : otherwise);
  const choose = (kind: "all" | "none" | "own") => (kind === "own" ? begin() : set(kind === "all" ? undefined : null));
  return (
    <>
      {both ? (
        <Segmented
          className="setting-choice"
          aria-label={t("settings_own")}
          value={on ? "own" : value === null ? "none" : "all"}
          onChange={choose}
          options={[
            { value: "all" as const, label: t("settings_as_all") },
            { value: "none" as const, label: t("none") },
            { value: "own" as const, label: t("settings_own") },
          ]}
        />
      ) : (
        <label className="setting-own">
          <Switch size="small" checked={on} onChange={(wanted) => (wanted ? begin() : set(none))} /> {t("settings_own")}
        </label>
      )}
      {on && (
        <Field
          sheet={sheet}
          path={path}
          name={t("settings_value")}
          schema={{ ...resolved(inner, sheet.root), title: t("settings_value") }}
          value={value}
          set={set}
          otherwise={otherwise}
        />
      )}
    </>
  );
}

function List({
  sheet,
  path,
  shape,
  value,
  set,
}: Omit<FieldProps, "name" | "schema"> & { readonly shape: Shape & { kind: "list" } }) {
  const t = useT();
  const list = Array.isArray(value) ? value : [];
  const [open, setOpen] = useState<string[]>([]);
  const add = () => {
    setOpen([String(list.length)]);
    set([...list, fresh({ ...resolved(shape.item, sheet.root), default: undefined }, sheet.root)]);
  };
  const items = list.map((item, n) => ({
    key: String(n),
    label: nameOf(item, n),
    children: (
      <>
        <Entry
          sheet={sheet}
          path={`${path}[${n}]`}
          schema={shape.item}
          value={item}
          set={(next) => set(withItem(list, n, next))}
        />
        <Tools
          name={nameOf(item, n)}
          up={n > 0 ? () => set(earlier(list, n)) : null}
          remove={() => set(without(list, n))}
        />
      </>
    ),
  }));
  return (
    <>
      {list.length > 0 && <Collapse size="small" items={items} activeKey={open} onChange={setOpen} />}
      {list.length === 0 && <p className="setting-help">{t("settings_none")}</p>}
      <Button icon={<PlusOutlined />} onClick={add} disabled={list.length >= (shape.max ?? Infinity)}>
        {t("settings_add")}
      </Button>
    </>
  );
}

/** What can be done with an entry as a whole. */
function Tools(props: { readonly name: string; readonly up: (() => void) | null; readonly remove: () => void }) {
  const t = useT();
  const { name, up, remove } = props;
  return (
    <div className="setting-tools">
      {up && (
        <Button size="small" icon={<ArrowUpOutlined />} aria-label={t("settings_up", { name })} onClick={up}>
          {t("settings_move_up")}
        </Button>
      )}
      <Button
        size="small"
        danger
        icon={<DeleteOutlined />}
        aria-label={t("settings_remove", { name })}
        onClick={remove}
      >
        {t("settings_delete")}
      </Button>
    </div>
  );
}

/** An entry of a list: a struct as its fields, anything else as one field. */
function Entry(props: Omit<FieldProps, "name">) {
  const t = useT();
  const problem = props.sheet.problems.get(props.path);
  const parts = shapeOf(props.schema, props.sheet.root).kind === "parts";
  return (
    <>
      {parts && problem && (
        <p className="setting-problem" role="alert">
          {problem}
        </p>
      )}
      {parts ? <Parts {...props} /> : <Field {...props} name={t("settings_value")} />}
    </>
  );
}

/** JSON by hand; it counts as soon as it can be read. */
function Raw({
  id,
  value,
  set,
}: {
  readonly id: string;
  readonly value: unknown;
  readonly set: (next: unknown) => void;
}) {
  const t = useT();
  const [text, setText] = useState(() => JSON.stringify(value, null, 2) ?? "");
  const [broken, setBroken] = useState(false);
  const type = (typed: string) => {
    setText(typed);
    try {
      set(JSON.parse(typed));
      setBroken(false);
    } catch {
      setBroken(true);
    }
  };
  return (
    <>
      <Input.TextArea
        id={id}
        className="setting-raw"
        spellCheck={false}
        autoSize={{ minRows: 2, maxRows: 24 }}
        value={text}
        {...(broken ? { status: "error" as const } : {})}
        onChange={(e) => type(e.target.value)}
      />
      {broken && (
        <p className="setting-problem" role="alert">
          {t("settings_not_json")}
        </p>
      )}
    </>
  );
}

function max(shape: { readonly max?: number }): { maxLength?: number } {
  return shape.max === undefined ? {} : { maxLength: shape.max };
}

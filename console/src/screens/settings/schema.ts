// What the server's JSON Schema of the settings means for a form. Knows shapes, and no setting by its name.
import type { Locale } from "../../i18n/dictionary";

export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  /** Where the values stand that hold for what is not given here, by a setting's name. */
  readonly "x-else"?: string;
  /** The English name, where the key does not say it. */
  readonly "x-english"?: string;
  /** The Chinese name at the beginning of a definition's description, where there is one. */
  readonly about?: string;
}

/** How a value is edited. `raw` is for what has no form of its own: unions of many kinds, as the nodes of a flow. */
export type Shape =
  | { readonly kind: "text"; readonly long: boolean; readonly max?: number }
  | { readonly kind: "number"; readonly min?: number; readonly max?: number; readonly whole: boolean }
  | { readonly kind: "switch" }
  | { readonly kind: "choice"; readonly options: readonly string[] }
  | { readonly kind: "words"; readonly max?: number }
  | { readonly kind: "list"; readonly item: Schema; readonly max?: number }
  | { readonly kind: "parts"; readonly parts: readonly (readonly [string, Schema])[] }
  | { readonly kind: "maybe"; readonly inner: Schema }
  | { readonly kind: "raw" };

/** Where a long text begins: below it one line is enough. */
const LONG = 300;

/** The definition that a reference means, with what stands beside the reference. */
export function resolved(schema: Schema, root: Schema): Schema {
  if (!schema.$ref) return schema;
  const definition = root.$defs?.[schema.$ref.replace("#/$defs/", "")];
  if (!definition) throw new Error(`no definition of ${schema.$ref}`);
  const { title: _class, description = "", ...rest } = resolved(definition, root);
  const about = /^[\u4e00-\u9fff/]+/.exec(description)?.[0];
  return { ...(about ? { about } : {}), ...rest, ...schema };
}

export function shapeOf(given: Schema, root: Schema): Shape {
  const schema = resolved(given, root);
  if (schema.anyOf) {
    const [inner, ...others] = schema.anyOf.filter(({ type }) => type !== "null");
    return inner && !others.length ? { kind: "maybe", inner } : { kind: "raw" };
  }
  if (schema.enum) return { kind: "choice", options: schema.enum };
  switch (schema.type) {
    case "string":
      return { kind: "text", long: (schema.maxLength ?? 0) >= LONG, ...limit(schema.maxLength) };
    case "integer":
    case "number": {
      const min = schema.minimum === undefined ? {} : { min: schema.minimum };
      return { kind: "number", whole: schema.type === "integer", ...min, ...limit(schema.maximum) };
    }
    case "boolean":
      return { kind: "switch" };
    case "array": {
      const item = schema.items ?? {};
      const plain = resolved(item, root).type === "string" && !resolved(item, root).enum;
      return plain ? { kind: "words", ...limit(schema.maxItems) } : { kind: "list", item, ...limit(schema.maxItems) };
    }
    case "object":
      return schema.properties ? { kind: "parts", parts: Object.entries(schema.properties) } : { kind: "raw" };
    default:
      return { kind: "raw" };
  }
}

/** What a new entry begins with: every default, and empty values for what has none. */
export function fresh(given: Schema, root: Schema): unknown {
  const schema = resolved(given, root);
  if (schema.default !== undefined) return schema.default;
  const shape = shapeOf(schema, root);
  switch (shape.kind) {
    case "text":
      return "";
    case "number":
      return shape.min ?? 0;
    case "switch":
      return false;
    case "choice":
      return shape.options[0];
    case "words":
    case "list":
      return [];
    case "parts":
      return Object.fromEntries(
        shape.parts.filter(([key]) => !mayLack(key, schema, root)).map(([key, part]) => [key, fresh(part, root)]),
      );
    case "maybe":
      return null;
    case "raw":
      return schema.type === "object" ? {} : null;
  }
}

/** Whether nothing may stand there, and nothing stands there by itself: what holds then is said elsewhere. */
export function mayLack(key: string, schema: Schema, root: Schema): boolean {
  const part = schema.properties?.[key];
  return !!part && !schema.required?.includes(key) && resolved(part, root).default === undefined;
}

/** The field's name: in Chinese as the server gives it, in English made of its key. */
export function labelOf(key: string, schema: Schema, locale: Locale): string {
  const chinese = schema.title ?? schema.about;
  if (locale === "zh-CN" && chinese) return chinese;
  if (schema["x-english"]) return schema["x-english"];
  const words = key.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A server's path (`$.groups[0].name`) in the words of the form: what a person looks for there. */
export function placeOf(path: string, root: Schema, locale: Locale): string {
  const names: string[] = [];
  let here: Schema = root;
  for (const [, key, at] of path.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)) {
    const shape = shapeOf(here, root);
    const outer = resolved(shape.kind === "maybe" ? shape.inner : here, root);
    here = resolved((key ? outer.properties?.[key] : outer.items) ?? {}, root);
    if (key) names.push(labelOf(key, here, locale));
    else names.push(`${names.pop() ?? ""} ${Number(at) + 1}`.trim());
  }
  return names.join(" › ") || path;
}

function limit(max: number | undefined): { max?: number } {
  return max === undefined ? {} : { max };
}

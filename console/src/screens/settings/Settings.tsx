// All settings of the workspace in one form that is drawn from the server's schema: sections on the left, fields on the
// right, one button that saves them together.
import { App, Button, Menu, Result, Spin } from "antd";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useAtDesk, useDeskState } from "../../desk/react";
import { may } from "../../desk/rights";
import type { DeskState } from "../../desk/state";
import { failureWords, useT } from "../../i18n/words";
import { usePreferences } from "../../preferences";
import { problemsIn, readSchema, readSettings, saveSettings, savingWords, type Loaded } from "./api";
import { Field, type Sheet } from "./Field";
import { labelOf, placeOf, resolved, shapeOf, type Schema } from "./schema";
import { withKey, type Json } from "./tree";
import "./settings.css";

const meOf = (state: DeskState) => state.me;

/** Settings that stand alone share the first section. */
const GENERAL = "general";

export function Settings() {
  const t = useT();
  const { locale } = usePreferences();
  const [loaded, setLoaded] = useState<(Loaded & { root: Schema }) | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const load = useCallback(() => {
    setFailure(null);
    Promise.all([readSettings(), readSchema()]).then(([now, root]) => setLoaded({ ...now, root }), setFailure);
  }, []);
  useEffect(load, [load]);
  if (failure) {
    const again = <Button onClick={load}>{t("retry")}</Button>;
    return <Result status="warning" title={failureWords(failure, locale)} extra={again} />;
  }
  if (!loaded)
    return (
      <div className="whole">
        <Spin description={t("loading")} />
      </div>
    );
  return <Form key={loaded.version} {...loaded} reload={load} />;
}

interface FormProps extends Loaded {
  readonly root: Schema;
  readonly reload: () => void;
}

function Form({ root, version, settings, reload }: FormProps) {
  const t = useT();
  const { locale } = usePreferences();
  const [draft, setDraft] = useState<Json>(settings);
  const [problems, setProblems] = useState<ReadonlyMap<string, string>>(new Map());
  const { busy, save } = useSave(root, draft, version, setProblems, reload);
  const sections = useMemo(() => sectionsOf(root), [root]);
  const { section = GENERAL } = useParams();
  const navigate = useNavigate();
  const mayWrite = may(useDeskState(meOf), "settings.write");
  const sheet: Sheet = { root, problems, settings: draft };
  const fields = sections.get(section) ?? sections.get(GENERAL) ?? [];
  const title = (name: string) =>
    name === GENERAL
      ? t("settings_general")
      : labelOf(name, resolved(resolved(root, root).properties?.[name] ?? {}, root), locale);
  const changed = draft !== settings;
  return (
    <div className="settings">
      <Menu
        className="settings-sections"
        aria-label={t("nav_settings")}
        selectedKeys={[section]}
        items={[...sections.keys()].map((name) => ({ key: name, label: title(name) }))}
        onClick={({ key }) => void navigate(`/settings/${key}`)}
      />
      <form className="settings-form" onSubmit={(e) => (e.preventDefault(), save())}>
        <h1>{title(section)}</h1>
        {problems.size > 0 && <Problems root={root} problems={problems} />}
        {fields.map(([name, schema]) => (
          <Field
            key={name}
            sheet={sheet}
            path={`$.${name}`}
            name={name}
            schema={schema}
            quiet={section !== GENERAL}
            value={draft[name]}
            set={(next) => setDraft(withKey(draft, name, next))}
          />
        ))}
        <div className="settings-save">
          <Button type="primary" htmlType="submit" loading={busy} disabled={!mayWrite || !changed}>
            {t("settings_save")}
          </Button>
          <Button disabled={!changed || busy} onClick={() => setDraft(settings)}>
            {t("settings_undo")}
          </Button>
          {!mayWrite && <span className="setting-help">{t("settings_read_only")}</span>}
        </div>
      </form>
    </div>
  );
}

/** Saves all of the draft, or says what is wrong with it, each problem at its field. */
function useSave(
  root: Schema,
  draft: Json,
  version: number,
  setProblems: (found: ReadonlyMap<string, string>) => void,
  reload: () => void,
) {
  const t = useT();
  const { message } = App.useApp();
  const { locale } = usePreferences();
  const { csrf } = useAtDesk();
  const [busy, setBusy] = useState(false);
  const save = () => {
    setBusy(true);
    saveSettings(draft, version, csrf)
      .then(
        () => {
          setProblems(new Map());
          void message.success(t("settings_saved"));
          reload();
        },
        (failure: unknown) => {
          setProblems(problemsIn(failure, locale));
          void message.error(savingWords(failure, root, locale));
        },
      )
      .finally(() => setBusy(false));
  };
  return { busy, save };
}

function Problems({ root, problems }: { readonly root: Schema; readonly problems: ReadonlyMap<string, string> }) {
  const { locale } = usePreferences();
  return (
    <ul className="settings-problems" role="alert">
      {[...problems].map(([path, words]) => (
        <li key={path}>
          <b>{placeOf(path, root, locale)}</b> {words}
        </li>
      ))}
    </ul>
  );
}

/** Section -> its fields: one for each setting that has parts of its own, one for all the others. */
function sectionsOf(root: Schema): Map<string, (readonly [string, Schema])[]> {
  const sections = new Map<string, (readonly [string, Schema])[]>([[GENERAL, []]]);
  for (const [name, schema] of Object.entries(resolved(root, root).properties ?? {})) {
    const { kind } = shapeOf(schema, root);
    const alone = kind === "parts" || kind === "list";
    if (alone) sections.set(name, [[name, schema]]);
    else sections.get(GENERAL)?.push([name, schema]);
  }
  return sections;
}

// How each front end is built. One function per product, so that the build and the dev server agree.
import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { shrink } from "./shrink.mjs";

export const ROOT = resolve(import.meta.dirname, "..");
export const OUT = process.env.CHATSERVER_WEB_OUT ?? resolve(import.meta.dirname, "dist");

const at = (...parts) => resolve(ROOT, ...parts);
const common = { configFile: false, logLevel: "warn", publicDir: false };
const build = { target: "es2022", emptyOutDir: true, reportCompressedSize: false, modulePreload: false };
// The compiler inside Vite does JSX; a preset would only add hot reload, and bring Babel with it.
const preact = { oxc: { jsx: { runtime: "automatic", importSource: "preact" } } };

/** Of the server's sentences, visitors are sent those that can be said to them. */
const SENTENCES = {
  /** What nearly every conversation says. */
  first: (key) => /^notice\.(queued|queued_first|assigned|soothed|idle_warned)$/.test(key),
  /** What `protocol/timeline.py` says to visitors, and what the pages say themselves. */
  notice: (key) => VISITORS_NOTICES.has(key),
  /** Refusals that a visitor's page can meet. */
  error: (key) => VISITORS_ERRORS.has(key),
};

const VISITORS_NOTICES = new Set(
  [
    "agent_away", "answer_not_valid", "assigned", "closed_agent", "closed_flow", "closed_idle", "closed_visitor", "held", "helper_joined",
    "hold_ended", "idle_warned", "overflowed", "place_kept", "queue_left", "queued", "queued_first", "rated_thanks", "rating_asked",
    "recalled_agent", "recalled_own", "reopened", "returned_to_queue", "soothed", "transferring", "turned_away_full",
    "turned_away_nobody", "turned_away_timeout", "words_wanted",
  ].map((code) => `notice.${code}`),
);

const VISITORS_ERRORS = new Set(
  [
    "already_rated", "bad_identity", "busy", "channel_cannot", "conversation_closed", "field_invalid", "field_required", "inbox_unknown",
    "internal", "line_unknown", "media_unknown", "message_too_long", "no_call_back", "no_form_asked", "no_rating_asked", "no_such_option",
    "not_waiting", "not_your_line", "origin_not_allowed", "rate_limited", "rating_expired", "too_large", "too_late_to_change",
    "visitor_banned",
  ].map((code) => `error.${code}`),
);

/** `zh-CN.json?first`, `?notice`, `?error`: one kind of sentences. */
export const visitorsSentences = {
  name: "chatserver-visitors-sentences",
  enforce: "pre",
  transform(code, id) {
    const kind = /\/chatserver\/locales\/[\w-]+\.json\?.*\b(first|notice|error)\b/.exec(id)?.[1];
    if (!kind) return null;
    const said = Object.entries(JSON.parse(code)).filter(([key]) => SENTENCES[kind](key));
    return { code: `export default ${JSON.stringify(Object.fromEntries(said))}`, moduleType: "js", map: null };
  },
};

/** Our lazy scripts have no style sheets of their own, so the helper that would load those first (600 bytes) does nothing. */
const plainImports = {
  name: "chatserver-plain-imports",
  enforce: "pre",
  load: (id) => (id === "\0vite/preload-helper.js" ? "export const __vitePreload = (load) => load();" : null),
};

/** Chance weighs what it weighs: six characters tell the builds of one script apart. */
const NAMES = { entryFileNames: "assets/[name]-[hash:6].js", chunkFileNames: "assets/[name]-[hash:6].js", hashCharacters: "base36" };

/** One of the widget's two kinds of window: an ES module with a hashed name, exporting `boot`. */
const window = (name, source) => ({
  ...common,
  ...preact,
  plugins: [visitorsSentences, plainImports, shrink],
  root: at("widget"),
  build: {
    ...build,
    emptyOutDir: name === "panel",
    outDir: resolve(OUT, "w"),
    manifest: `${name}.json`,
    rolldownOptions: {
      input: { [name]: at("widget/src", source) },
      preserveEntrySignatures: "allow-extension",
      output: { format: "es", ...NAMES },
    },
  },
});
export const panel = () => window("panel", "panel.tsx");
/** Built apart from the panel, so that the two share no third file. */
export const frame = () => window("frame", "frame.ts");

/** The script that shops embed: one classic file with a fixed name, which knows the names of the windows' files. */
export const loader = ({ panel, frame }) => ({
  ...common,
  plugins: [shrink],
  root: at("widget"),
  define: { __PANEL__: JSON.stringify(panel), __FRAME__: JSON.stringify(frame) },
  build: {
    ...build,
    emptyOutDir: false,
    outDir: resolve(OUT, "w"),
    rolldownOptions: {
      input: { loader: at("widget/src/loader.ts") },
      output: { format: "iife", entryFileNames: "loader.js" },
    },
  },
});

export const h5 = () => ({
  ...common,
  ...preact,
  plugins: [visitorsSentences, plainImports, shrink],
  root: at("h5"),
  base: "/h5/",
  build: { ...build, outDir: resolve(OUT, "h5") },
});

export const console_ = () => ({
  ...common,
  root: at("console"),
  base: "/console/",
  plugins: [react()],
  // The largest library of the console is one chunk of its own, cached for good.
  build: { ...build, outDir: resolve(OUT, "console"), chunkSizeWarningLimit: 1500 },
});

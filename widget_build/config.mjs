// How each front end is built. One function per product, so that the build and the dev server agree.
import { resolve } from "node:path";
import react from "@vitejs/plugin-react";

export const ROOT = resolve(import.meta.dirname, "..");
export const OUT = process.env.CHATSERVER_WEB_OUT ?? resolve(import.meta.dirname, "dist");

const at = (...parts) => resolve(ROOT, ...parts);
const common = { configFile: false, logLevel: "warn", publicDir: false };
const build = { target: "es2022", emptyOutDir: true, reportCompressedSize: false, modulePreload: false };
// The compiler inside Vite does JSX; a preset would only add hot reload, and bring Babel with it.
const preact = { oxc: { jsx: { runtime: "automatic", importSource: "preact" } } };

/** Refusals that a visitor's page can meet; the others speak to agents and administrators. */
const VISITORS_ERRORS = new Set(
  [
    "already_rated", "bad_identity", "busy", "conversation_closed", "field_invalid", "field_required", "inbox_unknown", "internal",
    "message_too_long", "no_form_asked", "no_rating_asked",
    "no_such_option", "not_waiting", "origin_not_allowed", "rate_limited", "rating_expired", "too_large",
  ].map((code) => `error.${code}`),
);

/** Of the server's sentences, visitors are sent those that can be said to them. */
const visitorsSentences = {
  name: "chatserver-visitors-sentences",
  enforce: "pre",
  transform(code, id) {
    if (!/\/chatserver\/locales\/[\w-]+\.json$/.test(id)) return null;
    const all = Object.entries(JSON.parse(code));
    const said = all.filter(([key]) => key.startsWith("notice.") || VISITORS_ERRORS.has(key));
    return JSON.stringify(Object.fromEntries(said));
  },
};

/** Our lazy scripts have no style sheets of their own, so the helper that would load those first (600 bytes) does nothing. */
const plainImports = {
  name: "chatserver-plain-imports",
  enforce: "pre",
  load: (id) => (id === "\0vite/preload-helper.js" ? "export const __vitePreload = (load) => load();" : null),
};

/** The widget's window: an ES module with a hashed name, exporting `boot`. */
export const panel = () => ({
  ...common,
  ...preact,
  plugins: [visitorsSentences, plainImports],
  root: at("widget"),
  build: {
    ...build,
    outDir: resolve(OUT, "w"),
    manifest: "panel.json",
    rolldownOptions: {
      input: { panel: at("widget/src/panel.tsx") },
      preserveEntrySignatures: "allow-extension",
      output: { format: "es", entryFileNames: "assets/panel-[hash].js", chunkFileNames: "assets/[name]-[hash].js" },
    },
  },
});

/** The script that shops embed: one classic file with a fixed name, which knows the name of the window's file. */
export const loader = (panelFile) => ({
  ...common,
  root: at("widget"),
  define: { __PANEL__: JSON.stringify(panelFile) },
  build: {
    ...build,
    target: "es2020",
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
  plugins: [visitorsSentences, plainImports],
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

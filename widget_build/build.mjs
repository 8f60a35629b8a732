// Builds every front end into dist/, compresses, lists what came out, and fails when a budget is passed.
// node widget_build/build.mjs [widget] [h5] [console]; no name means all, from an empty dist/.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";
import { console_, frame, h5, loader, OUT, panel, ROOT } from "./config.mjs";
import { judge } from "./judge.mjs";

/** Below this a compressed copy saves less than a packet. */
const WORTH_COMPRESSING = 600;

const PRODUCTS = {
  async widget() {
    await build(loader({ panel: await script(panel()), frame: await script(frame()) }));
  },
  async h5() {
    await build(h5());
  },
  async console() {
    if (existsSync(join(ROOT, "console/index.html"))) await build(console_());
  },
};

/** Builds one of the widget's windows; the name of its file. */
async function script(config) {
  await build(config);
  const list = join(config.build.outDir, config.build.manifest);
  const entry = Object.values(JSON.parse(readFileSync(list, "utf8"))).find((file) => file.isEntry);
  rmSync(list);
  return entry.file;
}

function files() {
  return readdirSync(OUT, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function compress() {
  for (const file of files()) {
    if (!/\.(js|css|html|svg|json)$/.test(file)) continue;
    const bytes = readFileSync(file);
    if (bytes.length < WORTH_COMPRESSING) continue;
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
    writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  }
}

/** Path -> sizes and hash of each file that is served; no times, so the same sources give the same manifest. */
function describe() {
  const size = (file) => (existsSync(file) ? readFileSync(file).length : undefined);
  const served = files().filter((file) => !/\.(br|gz)$/.test(file) && !file.endsWith("manifest.json"));
  const rows = served.sort().map((file) => {
    const bytes = readFileSync(file);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const name = relative(OUT, file).split(sep).join("/");
    return [name, { size: bytes.length, gz: size(`${file}.gz`), br: size(`${file}.br`), sha256 }];
  });
  return Object.fromEntries(rows);
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in PRODUCTS));
if (unknown.length) throw new Error(`no such front end: ${unknown.join(", ")}; there are ${Object.keys(PRODUCTS).join(", ")}`);
if (!wanted.length) rmSync(OUT, { recursive: true, force: true });
for (const [name, make] of Object.entries(PRODUCTS)) {
  if (wanted.length && !wanted.includes(name)) continue;
  const started = performance.now();
  await make();
  console.log(`built ${name} in ${Math.round(performance.now() - started)} ms`);
}
compress();
const manifest = describe();
writeFileSync(join(OUT, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
const budgets = JSON.parse(readFileSync(join(import.meta.dirname, "budgets.json"), "utf8"));
const judged = judge(budgets, manifest, !wanted.length);
for (const { line } of judged) console.log(line);
if (judged.some(({ verdict }) => verdict !== "ok")) process.exit(1);

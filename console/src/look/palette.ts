// The colours, once, for our own CSS (as custom properties) and for antd (as tokens).
// Each text colour holds 4.5:1 on every surface that it is used on, in both schemes; axe checks it in the browser.

const light = {
  canvas: "#f3f5f8",
  surface: "#ffffff",
  sunken: "#f8f9fb",
  raised: "#ffffff",
  line: "#e3e7ed",
  "line-strong": "#8a94a3",
  hover: "#eef1f6",
  track: "#eceff4",
  thumb: "#ffffff",
  selected: "#e6eefc",
  text: "#1b2430",
  "text-2": "#475264",
  "text-3": "#5c6778",
  primary: "#2459c9",
  "primary-hover": "#3468d8",
  "primary-text": "#1f50b8",
  "on-primary": "#ffffff",
  mine: "#dde8fd",
  "mine-text": "#16233c",
  bot: "#eaecf1",
  note: "#fdf3d3",
  "note-line": "#e6cd85",
  "note-text": "#5b4205",
  ok: "#16794a",
  "ok-soft": "#def3e7",
  warn: "#8f5300",
  "warn-soft": "#fdeccb",
  bad: "#bd2733",
  "bad-soft": "#fde4e4",
  rail: "#1a2332",
  "rail-on": "#2c3a52",
  "rail-text": "#c3cddc",
  focus: "#2459c9",
  shadow: "rgb(20 30 50 / 12%)",
};

export type Palette = Readonly<Record<keyof typeof light, string>>;

const dark: Palette = {
  canvas: "#12151b",
  surface: "#1a1e26",
  sunken: "#161a21",
  raised: "#242a35",
  line: "#2b323e",
  "line-strong": "#75808f",
  hover: "#232934",
  track: "#12151b",
  thumb: "#2e3644",
  selected: "#24324f",
  text: "#e6e9ef",
  "text-2": "#b6bfcc",
  "text-3": "#9aa5b5",
  primary: "#3565d6",
  "primary-hover": "#4371de",
  "primary-text": "#94b5ff",
  "on-primary": "#ffffff",
  mine: "#253a66",
  "mine-text": "#e8efff",
  bot: "#2a303b",
  note: "#392f14",
  "note-line": "#66541f",
  "note-text": "#f3dea6",
  ok: "#5fcb90",
  "ok-soft": "#173527",
  warn: "#f2b55e",
  "warn-soft": "#3d2c10",
  bad: "#ff8f8f",
  "bad-soft": "#44201f",
  rail: "#0d1016",
  "rail-on": "#27334a",
  "rail-text": "#b6c1d1",
  focus: "#8fb1ff",
  shadow: "rgb(0 0 0 / 45%)",
};

export const PALETTES: Readonly<Record<"light" | "dark", Palette>> = { light, dark };

/** White text reads on each of them (5:1 or more). */
export const FACES = ["#2b62c4", "#0f6f68", "#96480f", "#7a3aab", "#2d6b2d", "#aa2a68", "#4a58a6", "#745714"];

/** The same person has the same colour everywhere. */
export function faceOf(id: string): string {
  let hash = 0;
  for (let i = 0; i < id.length; i++) hash = (Math.imul(hash, 31) + id.charCodeAt(i)) >>> 0;
  return FACES[hash % FACES.length]!;
}

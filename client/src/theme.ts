// How launcher and window look: the inbox's colours as CSS variables, with an ink that can be read on them.
import type { Theme } from "./visitor.gen";

export type Look = Pick<Theme, "brand" | "brand_text" | "side">;

/** Relative luminance of `#rrggbb`, 0 to 1: what WCAG defines, less its bend near black, where the ink is white anyway. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => (parseInt(hex.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** White where it has the better contrast, else near-black. 0.18 is where the two meet. */
export function inkOn(brand: string): string {
  return luminance(brand) > 0.18 ? "#16181d" : "#ffffff";
}

export function isColour(text: string | undefined): text is string {
  return /^#[\da-f]{6}$/i.test(text ?? "");
}

/** `style.setProperty` is not an inline style in the eyes of a CSP. */
export function dress(element: HTMLElement, { brand, brand_text, side }: Look): void {
  element.style.setProperty("--brand", brand);
  element.style.setProperty("--ink", brand_text);
  element.dataset["side"] = side;
}

// The inbox's colours, as CSS variables, with an ink that can be read on them.

/** Relative luminance of `#rrggbb`, 0 to 1, as WCAG defines it. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
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
export function dress(element: HTMLElement, brand: string, ink: string): void {
  element.style.setProperty("--brand", brand);
  element.style.setProperty("--ink", ink);
}

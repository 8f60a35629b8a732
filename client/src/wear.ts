// Styles for a page or a shadow root. A sheet that is made, not linked, needs no permission from the page's CSP.
export function wear(css: string, root: DocumentOrShadowRoot): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

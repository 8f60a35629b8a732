// The style of what comes later (`rest.tsx`), put on with its first element.
import css from "./rest.css?inline";
import { wear } from "../wear";

const worn = new WeakSet<Node>();

/** A `ref`: dresses the page or the shadow root that the element is in, once. */
export function styled(element: Element | null): void {
  const root = element?.getRootNode();
  if (!root || worn.has(root)) return;
  worn.add(root);
  wear(css, root as Document | ShadowRoot);
}

// A part of the window whose script is fetched when it is first drawn, so that the window itself opens sooner.
import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Before asking again, when the network failed. */
const AGAIN_MS = 3_000;

/** `load` is an `import()`; until it has come, `meanwhile` is drawn. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>, meanwhile: ComponentChildren) {
  let known: ComponentType<P> | undefined;
  return function Later(props: P) {
    const [tries, setTries] = useState(0);
    useEffect(() => {
      if (known) return;
      let timer: ReturnType<typeof setTimeout>;
      load().then(
        (part) => {
          known = part;
          setTries(-1);
        },
        () => {
          timer = setTimeout(() => setTries(tries + 1), AGAIN_MS);
        },
      );
      return () => clearTimeout(timer);
    }, [tries]);
    const Known = known;
    return Known ? <Known {...props} /> : <>{meanwhile}</>;
  };
}

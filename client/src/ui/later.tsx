// What a first conversation does without (`rest.tsx`), fetched when the first piece of it is drawn, so that the window
// itself opens sooner.
import { Component, type ComponentChildren, type ComponentProps, type ComponentType } from "preact";

/** Before asking again, when the network failed. */
const AGAIN_MS = 3_000;

type Parts = typeof import("./rest");
type Props<K extends keyof Parts> = ComponentProps<Parts[K]> & {
  part: K;
  /** Drawn until the part has come. */
  meanwhile?: ComponentChildren;
};

let parts: Parts | undefined;

export class Later<K extends keyof Parts> extends Component<Props<K>> {
  override componentDidMount(): void {
    if (parts) return;
    import("./rest").then(
      (came) => {
        parts = came;
        this.forceUpdate();
      },
      () => setTimeout(() => this.componentDidMount(), AGAIN_MS),
    );
  }

  override render() {
    const { part, meanwhile = <i />, ...rest } = this.props;
    const Part = parts?.[part] as ComponentType | undefined;
    return Part ? <Part {...(rest as object)} /> : meanwhile;
  }
}

// A page that has nothing to offer but the reason why.
import { Icon } from "./icons";

export function Sorry({ words }: { words: string }) {
  return (
    <div class="sorry" role="alert">
      <Icon name="alert" />
      <h1>{words}</h1>
    </div>
  );
}

// A small round face: the picture; behind it, for as long as there is none to see, the first letter of the name or an icon.
import { Icon } from "./icons";

export function Face({ name, picture }: { name: string; picture: string }) {
  return (
    <span class="face" aria-hidden="true">
      {[...name][0] ?? <Icon name="chat" />}
      {picture && <img key={picture} src={picture} alt="" onError={(event) => (event.currentTarget.hidden = true)} />}
    </span>
  );
}

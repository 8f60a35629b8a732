// A small round face: the picture, else the first letter of the name, else an icon.
import { useState } from "preact/hooks";
import { Icon, type IconName } from "./icons";

export function Face({ name, picture, icon }: { name: string; picture: string; icon: IconName }) {
  const [broken, setBroken] = useState("");
  const letter = [...name.trim()][0];
  const shown = picture && broken !== picture;
  return (
    <span class="face" aria-hidden="true">
      {shown ? <img src={picture} alt="" onError={() => setBroken(picture)} /> : icon === "bot" || !letter ? <Icon name={icon} /> : letter}
    </span>
  );
}

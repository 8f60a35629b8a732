// A round face: the picture when there is one, else the name's first letter on the person's own colour.
import { faceOf } from "./palette";

interface Props {
  id: string;
  name: string;
  avatar?: string;
  size?: number;
}

export function Face({ id, name, avatar = "", size = 36 }: Props) {
  const style = { inlineSize: size, blockSize: size, fontSize: Math.round(size * 0.42), background: faceOf(id) };
  return (
    <span className="face" style={style} aria-hidden="true">
      {avatar ? <img src={avatar} alt="" /> : [...name][0]?.toLocaleUpperCase()}
    </span>
  );
}

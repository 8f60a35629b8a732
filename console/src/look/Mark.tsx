// The product's mark.
import icon from "./icon.svg";

export function Mark({ size = 32 }: { size?: number }) {
  return <img src={icon} alt="" width={size} height={size} className="mark" />;
}

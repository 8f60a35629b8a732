// Text with its web addresses as links. Text nodes only: whatever a visitor writes stays text.
import { safeUrl } from "./names";

/** Ends before CJK and before the punctuation that usually follows an address. */
const ADDRESS =
  /(https?:\/\/[^\s<>"'，。；！？、（）【】《》\u4e00-\u9fff]*[^\s<>"'，。；！？、（）【】《》\u4e00-\u9fff.,;:!?)\]])/g;

export function Linked({ text }: { text: string }) {
  return text.split(ADDRESS).map((part, i) => {
    const url = i % 2 ? safeUrl(part) : null;
    return url ? (
      <a key={i} href={url} target="_blank" rel="noopener noreferrer">
        {part}
      </a>
    ) : (
      part
    );
  });
}

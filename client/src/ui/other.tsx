// What is more than words: pictures, voice messages, files; and in plain words, what this page cannot show.
import type { Item } from "../visitor.gen";
import { say } from "../words/rest";
import { styled } from "./styled";
import type { Ui } from "./ui";

type Props = { content: Item["content"] | { kind: "" }; language: Ui["language"] };

/** Files lie where this script comes from, whatever site the window stands on. */
const at = (path: string) => new URL(path, import.meta.url).href;

export function Other({ content, language }: Props) {
  switch (content.kind) {
    case "image":
      return (
        <a class="pic" ref={styled} href={at(content.url)} target="_blank" rel="noopener">
          <img
            src={at(`${content.url}?size=small`)}
            alt={content.name || say("picture", language)}
            width={content.width}
            height={content.height}
            loading="lazy"
          />
        </a>
      );
    case "voice":
      return <audio ref={styled} controls preload="none" src={at(content.url)} aria-label={say("voice", language)} />;
    case "file":
      return (
        <a class="file" ref={styled} href={at(content.url)} target="_blank" rel="noopener">
          {content.name || say("file", language)} <small>{size(content.size)}</small>
        </a>
      );
    default:
      return <p>{say("unknown", language)}</p>; // a page that was opened before the server learned to say this
  }
}

function size(bytes: number): string {
  return bytes < 1_048_576 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}

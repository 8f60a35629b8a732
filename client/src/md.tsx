// The few marks that agents and bots use, straight to elements: no HTML string exists, so nothing needs sanitising.
import type { ComponentChildren } from "preact";

/** `code`, **bold**, [a name](and its address), an address. Only http, mailto and tel become links. */
const INLINE =
  /`([^`\n]+)`|\*\*([^*\n]+)\*\*|\[([^\]\n]+)\]\(((?:https?:|mailto:|tel:)[^\s)]+)\)|(https?:\/\/[^\s<>"'，。；、！？）】》]+)/g;
const LISTS = [["ul", /^\s*[-*•]\s+/], ["ol", /^\s*\d+[.)、]\s+/]] as const;

function inline(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let end = 0;
  for (const { 0: mark, 1: code, 2: bold, 3: name, 4: address, 5: bare, index } of text.matchAll(INLINE)) {
    parts.push(text.slice(end, index));
    end = index + mark.length;
    if (code) parts.push(<code>{code}</code>);
    else if (bold) parts.push(<strong>{inline(bold)}</strong>);
    else parts.push(<a href={address ?? bare!} target="_blank" rel="noreferrer">{name ?? bare}</a>);
  }
  return [...parts, text.slice(end)];
}

/** Agents' and bots' words. Blocks are divided by blank lines; a block whose every line has a mark is a list. */
export function Markup({ text }: { text: string }) {
  return (
    <>
      {text.split(/\n{2,}/).map((block) => {
        const lines = block.split("\n");
        for (const [List, mark] of LISTS) {
          if (lines.every((line) => mark.test(line))) return <List>{lines.map((line) => <li>{inline(line.replace(mark, ""))}</li>)}</List>;
        }
        return <p>{inline(block)}</p>;
      })}
    </>
  );
}

// The few marks that agents and bots use, straight to elements: no HTML string exists, so nothing needs sanitising.
import type { ComponentChildren } from "preact";

const INLINE =
  /(`[^`\n]+`)|(\*\*[^*\n]+\*\*)|(\[[^\]\n]+\]\((?:https?:|mailto:|tel:)[^\s)]+\))|(https?:\/\/[^\s<>"'，。；、！？）】》]+)/;
const BULLET = /^\s*[-*•]\s+/;
const NUMBER = /^\s*\d+[.)、]\s+/;

function Link({ href, children }: { href: string; children: ComponentChildren }) {
  return <a href={href} target="_blank" rel="noopener noreferrer nofollow">{children}</a>;
}

/** One line with bold, code and links. Only http, mailto and tel become links. */
function inline(text: string): ComponentChildren[] {
  return text.split(INLINE).filter(Boolean).map((part) => {
    if (/^`[^`]+`$/.test(part)) return <code>{part.slice(1, -1)}</code>;
    if (/^\*\*[^*]+\*\*$/.test(part)) return <strong>{inline(part.slice(2, -2))}</strong>;
    const named = /^\[([^\]]+)\]\((.+)\)$/.exec(part);
    if (named) return <Link href={named[2] ?? ""}>{named[1]}</Link>;
    return /^https?:\/\//.test(part) ? <Link href={part}>{part}</Link> : part;
  });
}

function lines(block: string[]): ComponentChildren[] {
  return block.flatMap((line, index) => (index ? [<br />, ...inline(line)] : inline(line)));
}

function items(block: string[], mark: RegExp): ComponentChildren[] {
  return block.map((line) => <li>{inline(line.replace(mark, ""))}</li>);
}

/** Agents' and bots' words. Blocks are divided by blank lines; a block whose every line has a mark is a list. */
export function Markup({ text }: { text: string }) {
  return (
    <>
      {text.split(/\n{2,}/).map((raw) => {
        const block = raw.split("\n");
        if (block.every((line) => BULLET.test(line))) return <ul>{items(block, BULLET)}</ul>;
        if (block.every((line) => NUMBER.test(line))) return <ol>{items(block, NUMBER)}</ol>;
        return <p>{lines(block)}</p>;
      })}
    </>
  );
}

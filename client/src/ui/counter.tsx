// How much of a message may still be written, when it is nearly too long.
import { say } from "../words/rest";
import { styled } from "./styled";
import type { Ui } from "./ui";

export function Counter({ left, language }: { left: number; language: Ui["language"] }) {
  return (
    <p class={left < 0 ? "counter over" : "counter"} role="status" ref={styled}>
      {left < 0 ? say("over", language, { n: -left }) : say("left", language, { n: left })}
    </p>
  );
}

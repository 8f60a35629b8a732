// What a first conversation does without: forms, surveys, ends and refusals, one script with its own words and style.
export { Counter } from "./counter";
export { Ended, Sure } from "./ending";
export { Answers, Form } from "./form";
export { Older } from "./older";
export { Other } from "./other";
export { Rating } from "./rating";
export { Failed, Notice, Sorry, Why } from "./why";

// Whose word a visitor's name is: the site's, with the mark, or the visitor's own.
import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { VerifiedName } from "../src/screens/answer/marks";
import { VisitorPane } from "../src/screens/answer/VisitorPane";
import { drawn } from "./dressed";
import { card } from "./made";

afterEach(cleanup);

const who = (name: string, verified: boolean, name_verified: boolean) =>
  card("a", { contact: { ...card("a").contact, name, verified, name_verified } });

test.each([
  ["signed", who("张三", true, true), true, false],
  ["claimed by a user of the site", who("总经理", true, false), false, true],
  ["none, of a user of the site", who("", true, false), true, false],
  ["of a stranger", who("张三", false, false), false, false],
])("a name that is %s", async (_, shown, marked, claimed) => {
  await drawn(<VerifiedName contact={shown.contact} />);
  expect(screen.queryAllByRole("img", { name: "身份已验证" })).toHaveLength(marked ? 1 : 0);
  cleanup();
  await drawn(<VisitorPane card={shown} />);
  expect(screen.queryAllByText(/称呼为访客自填/)).toHaveLength(claimed ? 1 : 0);
});

// Draws a part of the console as the app does: in Chinese, inside a desk.
import { configure, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { Desk } from "../src/desk/desk";
import { DeskContext } from "../src/desk/react";
import { Dress } from "../src/Dress";
import { prefer } from "../src/preferences";
import { FakeServer, settle } from "./fake_server";
import { card, NOON } from "./made";

configure({ asyncUtilTimeout: 20_000 }); // for a busy machine

export async function drawn(children: ReactNode, server = new FakeServer([card("a")])) {
  prefer({ locale: "zh-CN", sendBy: "enter", tab: "mine" });
  const desk = new Desk(server, "me", { onSignedOut: () => {}, onAlert: () => {}, now: () => NOON });
  desk.open();
  await settle();
  const view = render(
    <Dress>
      <DeskContext value={{ desk, name: "Demo agent", leave: () => {}, csrf: "csrf" }}>{children}</DeskContext>
    </Dress>,
  );
  return { ...view, desk, server };
}

// The way to what was said before the lines at hand.
import { Component } from "preact";
import { say } from "../words/rest";
import { styled } from "./styled";
import type { Ui } from "./ui";

export class Older extends Component<Ui & { before: number }, { busy: boolean }> {
  override state = { busy: false };

  #load = async (button: HTMLElement): Promise<void> => {
    const { chat, before } = this.props;
    const log = button.closest("[role=log]");
    log?.setAttribute("aria-busy", "true"); // old lines are not news, to be read out
    this.setState({ busy: true });
    await chat.attempt(chat.history(before));
    this.setState({ busy: false });
    log?.setAttribute("aria-busy", "false");
  };

  override render() {
    return (
      <button class="older" ref={styled} disabled={this.state.busy} onClick={(event) => this.#load(event.currentTarget)}>
        {say(this.state.busy ? "loading" : "older", this.props.language)}
      </button>
    );
  }
}

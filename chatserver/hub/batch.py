"""What has been stepped and is not durable yet."""

from datetime import datetime
from typing import Any

import msgspec

from chatserver.hub.mailbox import Letter
from chatserver.hub.step import Happened, Outcome
from chatserver.kernel.instants import epoch_ms


class Receipt(msgspec.Struct, frozen=True):
    """Durable: the first event of the step is in the log at `seq`; `at` in epoch ms; `stream` as it was resolved."""

    seq: int
    at: int
    stream: str


class Pending:
    """The steps of one commit to be: their events with the seqs that they will have, and the states after them."""

    def __init__(self, head: int, now: datetime) -> None:
        self.head = head
        self.now = now
        self.loaded: dict[str, Any] = {}
        self.records: list[tuple[int, Happened]] = []
        self.changed: dict[str, Any] = {}
        self.wakes: dict[str, datetime | None] = {}
        self.input_ids: dict[int, str] = {}
        self.answers: list[tuple[Letter, Receipt]] = []
        self._given: dict[str, Receipt] = {}

    def add(self, letter: Letter, outcome: Outcome) -> None:
        first = self.head + len(self.records) + 1
        self.records += [(first + n, h) for n, h in enumerate(outcome.happened)]
        self.changed |= outcome.changed
        # An input that changed nothing is answered by the log as it stands, and is harmless to repeat.
        receipt = Receipt(first if outcome.happened else first - 1, epoch_ms(self.now), outcome.stream)
        self.answers.append((letter, receipt))
        if letter.envelope.input_id and outcome.happened:
            self.input_ids[first] = letter.envelope.input_id
            self._given[letter.envelope.input_id] = receipt

    def answer(self, input_id: str) -> Receipt | None:
        return self._given.get(input_id)

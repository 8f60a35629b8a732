"""⟂ A decision about a conversation as a row, so that those of one conversation are found without reading the log."""

import msgspec

from chatserver.dispatch import events as e
from chatserver.hub.tables import Ask, Is, Put, Row, Table
from chatserver.kernel.instants import epoch_ms

NAME = "assignments"
"""Of the subscriber."""

Decision = e.Matched | e.Offered | e.OfferAccepted | e.OfferEnded | e.Overflowed | e.TurnedAway


class DecisionRow(Row, frozen=True, kw_only=True):
    """`seq` is the place in the log, `event` the event as it stands there. Instants are epoch ms."""

    seq: int
    conversation: str
    at: int
    event: str


DECISIONS = Table(name="assignment", row=DecisionRow, key=("seq",), indexes=(("conversation",),))


def asked(conversation: str) -> Ask:
    """The decisions about one conversation, oldest first."""
    return Ask(table=DECISIONS, where=(Is("conversation", (conversation,)),), order="seq")


QUESTIONS = {"assignments of a conversation": asked("c")}


def put(seq: int, event: object) -> Put | None:
    """The row of a decision; None for what is none."""
    if not isinstance(event, Decision):
        return None
    body = msgspec.json.encode(event).decode()
    return Put(DECISIONS, DecisionRow(seq=seq, conversation=event.conversation, at=epoch_ms(event.at), event=body))


_decoder = msgspec.json.Decoder(Decision)


def event_of(row: DecisionRow) -> Decision:
    decided: Decision = _decoder.decode(row.event)
    return decided

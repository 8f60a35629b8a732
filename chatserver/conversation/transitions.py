"""THE table of how a conversation moves. An event without a row is a bug, and `evolve` says so.

`docs/states.md` is drawn from it; a test demands that scenarios exercise every row.
"""

from chatserver.conversation import events as e
from chatserver.conversation.model import Phase
from chatserver.kernel.machine import Event

P = Phase

TRANSITIONS: dict[Phase, dict[type[Event], Phase]] = {
    P.NEW: {e.Opened: P.GUIDED},
    P.GUIDED: {
        e.VisitorMessage: P.GUIDED,
        e.OptionChosen: P.GUIDED,
        e.BotMessage: P.GUIDED,
        e.FormShown: P.LEAVING_MESSAGE,
        e.NodeReached: P.GUIDED,
        e.FlowRestarted: P.GUIDED,
        e.FieldAnswered: P.GUIDED,
        e.AnswerRejected: P.GUIDED,
        e.WordsWanted: P.GUIDED,
        e.BotAsked: P.GUIDED,
        e.BotReplied: P.GUIDED,
        e.WebhookAsked: P.GUIDED,
        e.WebhookReplied: P.GUIDED,
        e.AskingFailed: P.GUIDED,
        e.MessageRecalled: P.GUIDED,
        e.Rated: P.GUIDED,
        e.NoteAdded: P.GUIDED,
        e.VisitorRead: P.GUIDED,
        e.Queued: P.QUEUED,
        e.Tagged: P.GUIDED,
        e.AnswerDelivered: P.GUIDED,
        e.DeliveryReported: P.GUIDED,
        e.Closed: P.CLOSED,
    },
    P.QUEUED: {
        e.VisitorMessage: P.QUEUED,
        e.PositionTold: P.QUEUED,
        e.OverflowSought: P.QUEUED,
        e.Overflowed: P.QUEUED,
        e.HandoverReturned: P.QUEUED,
        e.OfferedTo: P.QUEUED,
        e.OfferMissed: P.QUEUED,
        e.OfferAccepted: P.QUEUED,
        e.Soothed: P.QUEUED,
        e.MessageRecalled: P.QUEUED,
        e.PlaceKept: P.QUEUED,
        e.HelperLeft: P.QUEUED,
        e.Rated: P.QUEUED,
        e.NoteAdded: P.QUEUED,
        e.VisitorRead: P.QUEUED,
        e.Assigned: P.SERVING,
        e.TurnedAway: P.GUIDED,
        e.QueueLeft: P.GUIDED,
        e.Tagged: P.QUEUED,
        e.AnswerDelivered: P.QUEUED,
        e.DeliveryReported: P.QUEUED,
        e.Closed: P.CLOSED,
    },
    P.SERVING: {
        e.VisitorMessage: P.SERVING,
        e.AgentMessage: P.SERVING,
        e.Welcomed: P.SERVING,
        e.MessageEdited: P.SERVING,
        e.MessageRecalled: P.SERVING,
        e.HandoverAsked: P.SERVING,
        e.HandoverEnded: P.SERVING,
        e.HelperJoined: P.SERVING,
        e.HelperLeft: P.SERVING,
        e.PutOnHold: P.SERVING,
        e.HoldEnded: P.SERVING,
        e.Tagged: P.SERVING,
        e.Summarised: P.SERVING,
        e.NoteAdded: P.SERVING,
        e.AgentRead: P.SERVING,
        e.VisitorRead: P.SERVING,
        e.Soothed: P.SERVING,
        e.IdleWarned: P.SERVING,
        e.Transferred: P.QUEUED,
        e.AgentAway: P.SERVING,
        e.ReturnedToQueue: P.QUEUED,
        e.RatingAsked: P.SERVING,
        e.Rated: P.SERVING,
        e.AnswerDelivered: P.SERVING,
        e.DeliveryReported: P.SERVING,
        e.Closed: P.CLOSED,
    },
    P.LEAVING_MESSAGE: {
        e.VisitorMessage: P.LEAVING_MESSAGE,
        e.MessageRecalled: P.LEAVING_MESSAGE,
        e.Rated: P.LEAVING_MESSAGE,
        e.NoteAdded: P.LEAVING_MESSAGE,
        e.VisitorRead: P.LEAVING_MESSAGE,
        e.FormSubmitted: P.GUIDED,
        e.FlowRestarted: P.GUIDED,  # in logs of before a form outlived its flow
        e.Tagged: P.LEAVING_MESSAGE,
        e.AnswerDelivered: P.LEAVING_MESSAGE,
        e.DeliveryReported: P.LEAVING_MESSAGE,
        e.Closed: P.CLOSED,
    },
    P.CLOSED: {
        e.RatingAsked: P.CLOSED,
        e.Rated: P.CLOSED,
        e.Reopened: P.QUEUED,
        e.MessageEdited: P.CLOSED,
        e.MessageRecalled: P.CLOSED,
        e.Tagged: P.CLOSED,
        e.Summarised: P.CLOSED,
        e.NoteAdded: P.CLOSED,
        e.VisitorRead: P.CLOSED,
        e.DeliveryReported: P.CLOSED,
    },
}
"""Phase before -> event -> phase after."""


class NoTransition(AssertionError):
    """`decide` made an event that the table does not know: a bug, never a refusal."""


def after(phase: Phase, event: Event) -> Phase:
    """The phase that `event` leads to."""
    to = TRANSITIONS[phase].get(type(event))
    if to is None:
        raise NoTransition(f"{type(event).__name__} in phase {phase.value}")
    return to

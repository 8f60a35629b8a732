"""What a visitor's words lead to."""

from typing import assert_never

from chatserver.conversation import asking, astray, capabilities, change, left_answer, reopen, satisfaction
from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.content import Answer, AnswersContent, TextContent, words
from chatserver.conversation.guide import again, facts, facts_of, flow_of, follow, place
from chatserver.conversation.leaving import quit_queue
from chatserver.conversation.model import ClosedBy, Conversation, Phase, line_id
from chatserver.conversation.settings import ConversationRules
from chatserver.flow import interpreter as flow
from chatserver.flow.form import check_answers
from chatserver.flow.model import LeaveMessage
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env

Rules = Env[ConversationRules]
Events = list[e.AnyEvent]


def decide(c: Conversation, input: i.VisitorInput, env: Rules) -> Events:
    match input:
        case i.VisitorCame():
            return came(c, input, env)
        case i.VisitorSpoke():
            return spoke(c, input, env)
        case i.VisitorChose():
            return chose(c, input, env)
        case i.VisitorSubmitted():
            return submitted(c, input, env)
        case i.VisitorQuit():
            return quit_queue(c, input, env)
        case i.VisitorEnded():
            return [e.Closed(at=env.now, by=ClosedBy.VISITOR)]
        case i.VisitorRated():
            return satisfaction.rated(c, input, env.settings.settings.satisfaction, env.now)
        case i.VisitorSaw():
            news = input.upto > c.visitor_read and env.settings.settings.read_marks
            return [e.VisitorRead(at=env.now, upto=input.upto)] if news else []
        case i.VisitorRecalled():
            return change.recalled_by_visitor(c, input, env)
        case _:
            assert_never(input)


def opened(c: Conversation, opening: i.Opening, env: Rules) -> Events:
    begun = e.Opened(at=env.now, visit=opening.visit, flow=opening.flow, last_agent=opening.last_agent)
    return [begun, *left_answer.kept(env.settings.answers, env.now)]


def enter(opening: i.Opening, env: Rules, words: str = "") -> Events:
    known = facts(env.settings, env.now, opening.visit, ())
    return follow(flow.enter(flow_of(env.settings), known, words), env.now)


def came(c: Conversation, input: i.VisitorCame, env: Rules) -> Events:
    """Opening the window again, or twice at once, changes nothing."""
    if c.phase is not Phase.NEW:
        return []
    return [*opened(c, input.opening, env), *enter(input.opening, env)]


def spoke(c: Conversation, input: i.VisitorSpoke, env: Rules) -> Events:
    said = e.VisitorMessage(at=env.now, id=input.id, content=input.content, quote=input.quote)
    if input.quote:
        capabilities.check(c, capabilities.of(c).quote)
    match c.phase:
        case Phase.NEW:
            if input.opening is None:
                raise Refused(ErrorCode.CONVERSATION_NOT_STARTED)
            entered = enter(input.opening, env, words(input.content))
            # A bot that does not greet would say nothing to a picture.
            silent = isinstance(entered[-1], e.NodeReached)
            told = [e.WordsWanted(at=env.now)] if silent else []
            return [*opened(c, input.opening, env), said, *entered, *told]
        case Phase.GUIDED:
            heard = isinstance(input.content, TextContent)
            return [said, *(answer(c, words(input.content), env, input.id) if heard else words_wanted(c, env))]
        case Phase.QUEUED | Phase.SERVING | Phase.LEAVING_MESSAGE:
            return [said]
        case Phase.CLOSED:
            again = reopen.reopened(c, env.settings.settings, env.now)
            return [*again, *left_answer.kept(env.settings.answers, env.now), said]
        case _:
            assert_never(c.phase)


def answer(c: Conversation, heard: str, env: Rules, line: str) -> Events:
    """The flow hears the words of this line where it rests."""
    if astray.is_astray(c, env):
        return astray.back(c, env, heard)
    if c.asking:
        return asking.heard(c, heard, env)
    at, known = place(c), facts_of(c, env.settings, env.now)
    step = flow.answer(flow_of(env.settings), at.node, asking.meant(c, heard, env), known, at.misses, at.turns)
    return follow(step, env.now, line)


def words_wanted(c: Conversation, env: Rules) -> Events:
    """A flow hears words alone: a picture is kept for the agent, and answers nothing. Said once, however many come."""
    if astray.is_astray(c, env):
        return astray.back(c, env)
    at = place(c)
    if c.asking or at.words_wanted:
        return []
    return [e.WordsWanted(at=env.now), *again(flow_of(env.settings), at.node, env.now)]


def chose(c: Conversation, input: i.VisitorChose, env: Rules) -> Events:
    """Only the menu that awaits an answer can be tapped: an older one, still on the screen, is refused."""
    if c.phase is Phase.GUIDED and astray.is_astray(c, env):
        return astray.back(c, env)
    node = flow_of(env.settings).node(place(c).node) if c.phase is Phase.GUIDED else None
    choices = flow.choices(node) or flow.numbered(c.suggested)
    label = next((label for key, label in choices if key == input.option), None)
    if c.asks != input.item or label is None:
        raise Refused(ErrorCode.NO_SUCH_OPTION)
    chosen = e.OptionChosen(at=env.now, id=input.id, item=input.item, option=input.option, label=label)
    return [chosen, *answer(c, label, env, input.id)]


def submitted(c: Conversation, input: i.VisitorSubmitted, env: Rules) -> Events:
    """What was shown is taken, also when its flow is gone: then nothing is known of what would follow."""
    if c.phase is not Phase.LEAVING_MESSAGE:
        raise Refused(ErrorCode.NO_FORM_ASKED)
    node = None if astray.is_astray(c, env) else flow_of(env.settings).node(place(c).node)
    form = node if isinstance(node, LeaveMessage) else None
    fields = form.fields if form else c.form
    if not fields:  # a state of before `form` was kept
        raise Refused(ErrorCode.NO_FORM_ASKED)
    rows = check_answers(fields, input.values)
    answers = AnswersContent(items=tuple(Answer(key=k, label=label, value=v) for k, label, v in rows))
    group = (form.group if form else "") or c.asked_group or env.settings.leave_to or None
    inbox = line_id(c.id, c.version + 1)
    left = e.FormSubmitted(at=env.now, id=input.id, answers=answers, group=group, leave_message=inbox)
    if form is None:
        return [left, e.Closed(at=env.now, by=ClosedBy.FLOW)]
    return [left, *follow(flow.submitted(flow_of(env.settings), form.id, facts_of(c, env.settings, env.now)), env.now)]

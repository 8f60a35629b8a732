"""Statuses and connections. Pure.

A lost connection is not a decision of the agent: the status stays for a grace, then becomes offline, and comes
back with the connection. A status that the agent chose, offline included, is never overruled by a socket.
"""

from datetime import datetime, timedelta
from typing import assert_never

from chatserver.agents import events as e
from chatserver.agents import inputs as i
from chatserver.agents.model import OFFLINE, READY, Agent, Cause
from chatserver.agents.settings import AgentSettings
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env

Rules = Env[AgentSettings]
Events = list[e.AnyEvent]


def decide(a: Agent, input: i.AnyInput, env: Rules) -> Events:
    if a.profile is None and not isinstance(input, i.Saved):
        raise Refused(ErrorCode.AGENT_UNKNOWN, agent=a.id)
    match input:
        case i.Saved():
            return [e.ProfileSaved(at=env.now, profile=input.profile)] if input.profile != a.profile else []
        case i.SignedIn():
            return _become(a, initial(a, env.settings), Cause.SIGNED_IN, env) if a.status == OFFLINE else []
        case i.SignedOut():
            return _become(a, OFFLINE, Cause.SIGNED_OUT, env)
        case i.StatusChosen():
            if not env.settings.knows(input.status):
                raise Refused(ErrorCode.STATUS_UNKNOWN, status=input.status)
            return _become(a, input.status, Cause.CHOSEN, env)
        case i.DeviceConnected():
            return connected(a, input.device, env)
        case i.DeviceLost():
            return [e.DeviceLeft(at=env.now, device=input.device)] if input.device in a.devices else []
        case i.Missed():
            return missed(a, input, env)
        case i.Answered():
            return [e.MissesForgotten(at=env.now)] if a.misses else []
        case i.Restarted():
            return [e.DevicesForgotten(at=env.now)] if a.devices else []
        case i.Ticked():
            at = wake_at(a, env.settings)
            return _become(a, OFFLINE, Cause.CONNECTION_LOST, env) if at and env.now >= at else []
        case _:
            assert_never(input)


def wake_at(a: Agent, settings: AgentSettings) -> datetime | None:
    """When the grace of a lost connection is over."""
    if a.lost_at is None or a.status == OFFLINE:
        return None
    return a.lost_at + timedelta(seconds=settings.connection_grace)


def initial(a: Agent, settings: AgentSettings) -> str:
    """初始登录状态; a custom status that was removed since falls back to ready."""
    wanted = a.profile.initial_status if a.profile else READY
    return wanted if settings.knows(wanted) else READY


def missed(a: Agent, input: i.Missed, env: Rules) -> Events:
    """连续未接: too many in a row, and the agent is taken to be away. The status comes first, so that the floor knows
    it when it looks for the next agent."""
    misses = a.misses + 1
    if misses < env.settings.misses_limit:
        return [e.OfferMissCounted(at=env.now, conversation=input.conversation, misses=misses)]
    away = _become(a, env.settings.misses_status, Cause.MISSED_OFFERS, env)
    return [*away, e.OfferMissCounted(at=env.now, conversation=input.conversation, misses=0)]


def connected(a: Agent, device: str, env: Rules) -> Events:
    joined: Events = [] if device in a.devices else [e.DeviceJoined(at=env.now, device=device)]
    if a.status == OFFLINE and a.cause is Cause.CONNECTION_LOST and a.resume:
        return [*joined, *_become(a, a.resume, Cause.CONNECTION_BACK, env)]
    return joined


def _become(a: Agent, status: str, cause: Cause, env: Rules) -> Events:
    if a.status == status and (a.cause is cause or cause is not Cause.CHOSEN):
        return []
    return [e.StatusChanged(at=env.now, status=status, before=a.status, cause=cause)]

"""Statuses and connections. Pure.

A lost connection is not a decision of the agent: the status stays for a grace, then becomes offline, and comes
back with the connection. A status that the agent chose, offline included, is never overruled by a socket. But whatever
the status: without a console for the whole grace, an agent is gone, and nobody is left waiting for an answer.
"""

from datetime import datetime, timedelta
from typing import assert_never

from msgspec.structs import replace

from chatserver.agents import events as e
from chatserver.agents import inputs as i
from chatserver.agents.model import GONE, OFFLINE, READY, WRAP_UP, Agent, Cause, Profile
from chatserver.agents.settings import AgentSettings
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env
from chatserver.kernel.placeholders import unknown

Rules = Env[AgentSettings]
Events = list[e.AnyEvent]


def decide(a: Agent, input: i.AnyInput, env: Rules) -> Events:
    if a.profile is None and not isinstance(input, i.Saved):
        raise Refused(ErrorCode.AGENT_UNKNOWN, agent=a.id)
    if a.profile and not a.profile.active and isinstance(input, i.SignedIn | i.StatusChosen | i.DeviceConnected):
        raise Refused(ErrorCode.AGENT_INACTIVE, agent=a.id)
    match input:
        case i.Saved():
            return saved(a, input.profile, input.by, env)
        case i.Renamed():
            assert a.profile, "only who was saved is renamed"
            return saved(a, replace(a.profile, nickname=input.nickname), input.by, env)
        case i.SignedIn():
            return _become(a, initial(a, env.settings), Cause.SIGNED_IN, env) if a.status == OFFLINE else []
        case i.SignedOut():
            return _become(a, OFFLINE, Cause.SIGNED_OUT, env)
        case i.StatusChosen():
            if not env.settings.knows(input.status):
                raise Refused(ErrorCode.STATUS_UNKNOWN, status=input.status)
            return _become(a, input.status, Cause.CHOSEN, env, input.by)
        case i.DeviceConnected():
            return connected(a, input.device, env)
        case i.DeviceLost():
            return [e.DeviceLeft(at=env.now, device=input.device)] if input.device in a.devices else []
        case i.Missed():
            return missed(a, input, env)
        case i.Answered():
            return [e.MissesForgotten(at=env.now)] if a.misses else []
        case i.Finished():
            return finished(a, input, env)
        case i.Restarted():
            return [e.DevicesForgotten(at=env.now)] if a.present else []
        case i.Ticked():
            return due(a, env)
        case _:
            assert_never(input)


def saved(a: Agent, profile: Profile, by: str, env: Rules) -> Events:
    """Whoever is deactivated is offline from then on."""
    if profile == a.profile:
        return []
    if wrong := unknown(profile.welcome, ("agent", "visitor")):
        raise Refused(ErrorCode.UNKNOWN_PLACEHOLDER, placeholder="{" + wrong[0] + "}", path="$.welcome")
    left = [] if profile.active else _become(a, OFFLINE, Cause.DEACTIVATED, env, by)
    before = a.profile.account if a.profile else ""
    return [*left, e.ProfileSaved(at=env.now, profile=profile, before=before, by=by)]


def due(a: Agent, env: Rules) -> Events:
    if (at := grace_over(a, env.settings)) and env.now >= at:
        return _become(a, OFFLINE, Cause.CONNECTION_LOST, env)
    if a.wrap_until and env.now >= a.wrap_until:
        return _become(a, a.resume or READY, Cause.WRAPPED_UP, env)
    return []


def wake_at(a: Agent, settings: AgentSettings) -> datetime | None:
    """When the grace of whoever has no console, or a wrap-up, is over."""
    return min((at for at in (grace_over(a, settings), a.wrap_until) if at), default=None)


def grace_over(a: Agent, settings: AgentSettings) -> datetime | None:
    return a.lost_at + timedelta(seconds=settings.connection_grace) if a.lost_at else None


def finished(a: Agent, input: i.Finished, env: Rules) -> Events:
    """整理: the status comes first, so that the floor knows it when the place is free. Another end begins it anew."""
    done = e.WorkFinished(at=env.now, conversation=input.conversation)
    waits = a.profile and a.profile.wrap_up and (a.status == WRAP_UP or env.settings.takes_new(a.status))
    if not waits:
        return [done]
    logged = env.settings.log_statuses
    wraps = e.StatusChanged(at=env.now, status=WRAP_UP, before=a.status, cause=Cause.WRAP_UP, logged=logged)
    return [wraps, done]


def initial(a: Agent, settings: AgentSettings) -> str:
    """初始登录状态; a custom status that was removed since falls back to ready."""
    wanted = a.profile.initial_status if a.profile else READY
    return wanted if settings.knows(wanted) else READY


def missed(a: Agent, input: i.Missed, env: Rules) -> Events:
    """连续未接: too many in a row, and the agent is taken to be away. The status comes first, so that the floor knows
    it when it looks for the next agent. Whoever is gone has missed nothing."""
    misses = a.misses + (a.status != OFFLINE)
    if misses < env.settings.misses_limit or a.status == OFFLINE:
        return [e.OfferMissCounted(at=env.now, conversation=input.conversation, misses=misses)]
    away = _become(a, env.settings.misses_status, Cause.MISSED_OFFERS, env)
    return [*away, e.OfferMissCounted(at=env.now, conversation=input.conversation, misses=0)]


def connected(a: Agent, device: str, env: Rules) -> Events:
    joined: Events = [] if device in a.devices else [e.DeviceJoined(at=env.now, device=device)]
    if a.status == OFFLINE and a.cause is Cause.CONNECTION_LOST and a.resume:
        return [*joined, *_become(a, a.resume, Cause.CONNECTION_BACK, env)]
    return joined


def _become(a: Agent, status: str, cause: Cause, env: Rules, by: str = "") -> Events:
    """The same status again is news when somebody decided it, or when the agent was present until now."""
    decided = cause in (Cause.CHOSEN, Cause.SIGNED_OUT) and a.cause is not cause
    if a.status == status and not decided and not (cause in GONE and a.present):
        return []
    logged = env.settings.log_statuses
    return [e.StatusChanged(at=env.now, status=status, before=a.status, cause=cause, by=by, logged=logged)]

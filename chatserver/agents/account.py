"""账号: whose a login name is. A very small machine of its own, so that two agents can never have the same one."""

from typing import assert_never

import msgspec
from msgspec.structs import replace

from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env, Event, Input


def key_of(account: str) -> str:
    """How an account is known: upper and lower case and spaces around it do not count."""
    return account.strip().casefold()


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the account's key, `agent` whose it is, if anybody's."""

    id: str
    version: int = 0
    agent: str | None = None


class Claimed(Input, frozen=True, kw_only=True):
    """The agent wants this account."""

    agent: str


class Released(Input, frozen=True, kw_only=True):
    """The agent has another account now."""

    agent: str


class AccountGiven(Event, frozen=True, kw_only=True):
    agent: str


class AccountFreed(Event, frozen=True, kw_only=True):
    agent: str


AccountInput = Claimed | Released
AccountEvent = AccountGiven | AccountFreed


def decide(a: Account, input: AccountInput, env: Env[None]) -> list[AccountEvent]:
    match input:
        case Claimed():
            if a.agent not in (None, input.agent):
                raise Refused(ErrorCode.ACCOUNT_TAKEN, account=a.id, path="$.account")
            return [] if a.agent == input.agent else [AccountGiven(at=env.now, agent=input.agent)]
        case Released():
            return [AccountFreed(at=env.now, agent=input.agent)] if a.agent == input.agent else []
        case _:
            assert_never(input)


def evolve(a: Account, event: AccountEvent) -> Account:
    a = replace(a, version=a.version + 1)
    match event:
        case AccountGiven():
            return replace(a, agent=event.agent)
        case AccountFreed():
            return replace(a, agent=None)
        case _:
            assert_never(event)


def wake_at(a: Account, settings: None) -> None:
    """An account waits for nothing."""

"""规则机器人: finds the rule that a question means. Pure: the same words always get the same answer."""

from functools import lru_cache

from chatserver.bots.bot import BotReply, Turn
from chatserver.bots.settings import Match, Rule, RuleBot
from chatserver.flow.words import bare, plain

WHOLE = 1_000
"""A question in its own words goes before every phrase that occurs in it: phrases have at most 100 characters."""

LEARNT = 100_000
"""Phrases of which is remembered what counts of them: to find that out for a large bot takes half a second."""


class RuleBased:
    """One rule bot, behind the port."""

    def __init__(self, settings: RuleBot) -> None:
        self._settings = settings

    async def answer(self, turn: Turn) -> BotReply:
        return answer(self._settings, turn.text)


def answer(bot: RuleBot, text: str) -> BotReply:
    """The answer of the rule that fits best: the more of the words it names, the better; of equals the first."""
    said = bare(text)
    fits = [_fit(rule, said) for rule in bot.rules]
    best = max(fits, default=0)
    if not best:
        return BotReply(text=bot.fallback, suggestions=bot.suggestions, understood=False)
    rule = bot.rules[fits.index(best)]
    return BotReply(text=rule.answer, suggestions=rule.suggestions, handoff=rule.handoff)


def _fit(rule: Rule, said: str) -> int:
    """How many of the letters of `said` the rule accounts for; nought when it does not fit."""
    if said == _bare(rule.question):
        return WHOLE
    return max((_length(phrase) for phrase in rule.phrases if _means(phrase, said, rule.match)), default=0)


def _means(phrase: str, said: str, match: Match) -> bool:
    if match == "contains":
        words = _words(phrase)
        return bool(words) and all(_occurs(word, said) for word in words)
    # Where the whole is compared, a blank parts nothing.
    parts = _parts(phrase)
    if not parts or not said.startswith(parts[0]) or not _occurs(parts, said):
        return False
    return match == "starts_with" or said == parts[0] or (len(parts) > 1 and said.endswith(parts[-1]))


_bare = lru_cache(LEARNT)(bare)


@lru_cache(LEARNT)
def _words(phrase: str) -> tuple[tuple[str, ...], ...]:
    """Its words, each in parts."""
    return tuple(word for word in map(_parts, plain(phrase).split()) if word)


@lru_cache(LEARNT)
def _parts(word: str) -> tuple[str, ...]:
    """What stands between the stars."""
    return tuple(part for part in map(bare, word.split("*")) if part)


def _occurs(parts: tuple[str, ...], said: str) -> bool:
    """Whether all parts stand in `said`, one behind the other."""
    at = 0
    for part in parts:
        found = said.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


@lru_cache(LEARNT)
def _length(phrase: str) -> int:
    return len("".join(_parts("".join(phrase.split()))))

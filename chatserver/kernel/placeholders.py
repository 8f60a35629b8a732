"""占位符: `{agent}` in a sentence that an administrator wrote. Pure; knows no sentence."""

import re
from collections.abc import Iterable, Mapping

_BLANK = re.compile(r"\{([^{}]*)\}")


def unknown(text: str, known: Iterable[str]) -> list[str]:
    """The names between braces that nobody will fill, in alphabetical order."""
    return sorted(set(_BLANK.findall(text)) - set(known))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Each known blank filled, once: what stands in a value is never a blank."""
    return _BLANK.sub(lambda blank: values.get(blank[1], blank[0]), text)

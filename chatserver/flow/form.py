"""A form that a visitor fills: its fields as data, and the check of what came back. Knows no flow and no language."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatserver.kernel.errors import ErrorCode, Refused

MINUS = "\u2212"
"""As word processors and phones write it."""

Label = Annotated[str, Meta(min_length=1, max_length=100)]
Kind = Literal["text", "tel", "email", "textarea", "select", "date", "number"]

MAX_LENGTH: dict[Kind, int] = {
    "text": 200, "tel": 32, "email": 254, "textarea": 2000, "select": 100, "date": 10, "number": 20,
}  # fmt: skip
"""Characters of one answer. 254 is the longest address that mail can carry; a story of 2,000 is half a message."""


class FormField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One input of a form. `options` is for `select` only."""

    key: Annotated[str, Meta(min_length=1, max_length=32)]
    label: Label
    kind: Kind = "text"
    required: bool = False
    options: tuple[Label, ...] = ()


def check_answers(fields: tuple[FormField, ...], values: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """The filled fields as (key, label, cleaned value), in the form's order; `values` is what came, by field key.

    Refuses FIELD_REQUIRED and FIELD_INVALID with `field` (the key) and `label`, BAD_REQUEST with `path` for a key
    that the form does not have. A form left wholly empty lacks its first field, required or not.
    """
    known = {field.key for field in fields}
    for key in values:
        if key not in known:
            raise Refused(ErrorCode.BAD_REQUEST, path=f"$.values.{key[:32]}")
    cleaned = [(field, _checked(field, values.get(field.key, ""))) for field in fields]
    filled = tuple((field.key, field.label, value) for field, value in cleaned if value)
    if fields and not filled:
        raise _refused(ErrorCode.FIELD_REQUIRED, fields[0])
    return filled


def taken(field: FormField, raw: str) -> str | None:
    """`raw` as the field keeps it: "" when nothing is in it, None when the field cannot take it."""
    if len(raw) > 2 * MAX_LENGTH[field.kind]:  # far too long already: not worth the cleaning
        return None
    value = _clean(field.kind, raw)
    if not value:
        return ""
    if len(value) > MAX_LENGTH[field.kind] or has_controls(value) or not _PLAUSIBLE[field.kind](field, value):
        return None
    return value


def _checked(field: FormField, raw: str) -> str:
    value = taken(field, raw)
    if value is None:
        raise _refused(ErrorCode.FIELD_INVALID, field)
    if not value and field.required:
        raise _refused(ErrorCode.FIELD_REQUIRED, field)
    return value


def _clean(kind: Kind, raw: str) -> str:
    match kind:
        case "textarea":
            return raw.replace("\r\n", "\n").replace("\r", "\n").strip()
        case "tel" | "email":
            # A Chinese keyboard easily types ＋８６ or ＠; the characters meant are the plain ones.
            return unicodedata.normalize("NFKC", raw).strip()
        case "date":
            return _iso(unicodedata.normalize("NFKC", raw).strip())
        case "number":
            return _figures(unicodedata.normalize("NFKC", raw).strip().replace(MINUS, "-"))
        case "text" | "select":
            return " ".join(raw.split())


def _iso(text: str) -> str:
    """2027年1月5日, 2027/1/5 and 20270105 as 2027-01-05, which is what a browser sends; else as it is."""
    written = _DATE.fullmatch(text)
    return "{}-{:0>2}-{:0>2}".format(*filter(None, written.groups())) if written else text


def _figures(text: str) -> str:
    """1,234.50, 1 234.50 and ¥1234.50元。 as 1234.50, which is what a browser sends; else as it is: commas anywhere
    else are no thousands."""
    written = _AMOUNT.fullmatch(text)
    return written[1].replace(",", "").replace(" ", "") if written else text


def has_controls(value: str) -> bool:
    """Whether there is something that nobody sees, or that turns the words around it."""
    return any(
        (unicodedata.category(char) == "Cc" and char not in "\n\t") or unicodedata.bidirectional(char) in _TURNING
        for char in value
    )


_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


_DATE = re.compile(
    r"(\d{4})(?:\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{2})(\d{2}))",
    re.ASCII,
)
_AMOUNT = re.compile(
    r"¥?\s*([+-]?(?:\d{1,3}(?:(?:,\d{3})+|(?: \d{3})+)|\d+)(?:\.\d+)?|[+-]?\.\d+)\s*(?:元|块钱?)?\s*[。.,、!]*",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)", re.ASCII)
_MAINLAND = r"(?:(?:\+|00)?86-?)"
_TEL = re.compile(
    rf"{_MAINLAND}?1[3-9]\d-?\d{{4}}-?\d{{4}}"  # mobile
    # Landline with its area code (its 0 falls away behind +86), and an extension.
    rf"|(?:0[1-9]\d{{1,2}}|{_MAINLAND}[1-9]\d{{1,2}})-?[2-9]\d{{6,7}}(?:(?:-|转|x|ext|\#)\d{{1,6}})?"
    r"|[48]00(?:-?\d){7}"  # 400 and 800 service numbers
    r"|(?:\+|00)(?!86)[1-9](?:-?\d){6,14}",  # abroad: E.164's length
    re.ASCII | re.IGNORECASE,
)
_ATOM = r"[^\s@.\"<>(),;:\\\[\]]+"
_EMAIL = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:[^\W_](?:[\w-]{{0,62}})\.)+(?!\d+\Z)[\w-]{{2,63}}")


def _is_tel(field: FormField, value: str) -> bool:
    return _TEL.fullmatch(re.sub(r"[\s().]", "", value)) is not None


def _is_email(field: FormField, value: str) -> bool:
    return _EMAIL.fullmatch(value) is not None


def _is_date(field: FormField, value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_number(field: FormField, value: str) -> bool:
    return _NUMBER.fullmatch(value) is not None


def _is_option(field: FormField, value: str) -> bool:
    return value in (" ".join(option.split()) for option in field.options)


def _is_anything(field: FormField, value: str) -> bool:
    return True


_PLAUSIBLE: dict[Kind, Callable[[FormField, str], bool]] = {
    "text": _is_anything,
    "textarea": _is_anything,
    "tel": _is_tel,
    "email": _is_email,
    "select": _is_option,
    "date": _is_date,
    "number": _is_number,
}


def _refused(code: ErrorCode, field: FormField) -> Refused:
    return Refused(code, field=field.key, label=field.label)

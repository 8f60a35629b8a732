"""What a message can hold. The same data on the wire, in the log and on every screen; never HTML."""

from typing import Annotated

import msgspec
from msgspec import Meta

from chatserver.flow.form import FormField

MAX_TEXT = 4000
"""Characters of one message. WeChat Kefu takes 2,048 bytes, so channels split; a web page bears more."""

MAX_OPTIONS = 20
"""Choices of one menu: more is a list nobody reads on a phone."""


class Content(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """Base of every content kind; the tag is the field `kind`."""


class TextContent(Content, frozen=True, kw_only=True, tag="text"):
    """Plain text; line breaks and links are drawn by the client."""

    text: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]


class ImageContent(Content, frozen=True, kw_only=True, tag="image"):
    """图片: `media` is its id, `url` where it is fetched; `size` in bytes, `width` and `height` in pixels."""

    media: str
    url: str
    name: str
    size: int
    width: int
    height: int


class FileContent(Content, frozen=True, kw_only=True, tag="file"):
    """文件: like a picture, but not drawn."""

    media: str
    url: str
    name: str
    size: int
    mime: str


class VoiceContent(Content, frozen=True, kw_only=True, tag="voice"):
    """语音: so many `seconds` of it."""

    media: str
    url: str
    seconds: int
    size: int


Said = TextContent | ImageContent | FileContent | VoiceContent
"""What a person can say."""


class MenuOption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One choice of a menu; `key` is what a typing visitor may write instead of tapping."""

    key: Annotated[str, Meta(min_length=1, max_length=32)]
    label: Annotated[str, Meta(min_length=1, max_length=100)]


class MenuContent(Content, frozen=True, kw_only=True, tag="menu"):
    """引导菜单: a question with choices."""

    text: str
    options: tuple[MenuOption, ...]


class FormContent(Content, frozen=True, kw_only=True, tag="form"):
    """留言表单: asks the visitor to leave a message."""

    text: str
    fields: tuple[FormField, ...]


class AnswersContent(Content, frozen=True, kw_only=True, tag="answers"):
    """What the visitor wrote into a form, with the labels as they stood then."""

    items: tuple["Answer", ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One filled field."""

    key: str
    label: str
    value: str


class RatingLevel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer of a satisfaction survey, best last; `tags` are the second level, offered with this answer only."""

    score: Annotated[int, Meta(ge=1, le=10)]
    label: Annotated[str, Meta(min_length=1, max_length=32)]
    tags: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=32)], ...], Meta(max_length=20)] = ()


class RatingContent(Content, frozen=True, kw_only=True, tag="rating"):
    """满意度评价: asks the visitor to rate `agent`. An empty `text` means the built-in sentence."""

    text: str
    agent: str
    levels: tuple[RatingLevel, ...]


class NoticeContent(Content, frozen=True, kw_only=True, tag="notice"):
    """A sentence about the conversation itself: `code` names it in `locales/`, `data` fills it.

    `text`, where an administrator wrote the sentence, is shown instead.
    """

    code: str
    data: dict[str, str | int] = {}
    text: str = ""


AnyContent = Said | MenuContent | FormContent | AnswersContent | NoticeContent | RatingContent


def kind(content: AnyContent) -> str:
    """Its tag: `text`, `image` …"""
    return str(content.__struct_config__.tag)


def words(content: Said) -> str:
    """What a flow or a bot can hear of it."""
    return content.text if isinstance(content, TextContent) else ""


def preview(content: AnyContent, limit: int = 80) -> str:
    """The line that a conversation list shows; empty for what has no words: a client names it by its kind."""
    match content:
        case TextContent() | MenuContent() | FormContent() | NoticeContent() | RatingContent():
            line = content.text
        case AnswersContent():
            line = " / ".join(a.value for a in content.items if a.value)
        case ImageContent() | VoiceContent():
            line = ""
        case FileContent():
            line = content.name
    line = " ".join(line.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"

"""What the doors of conversations ask before something is recorded there: are these our tags, is a form filled well?"""

from collections.abc import Mapping, Sequence

from chatserver.conversation.content import Answer
from chatserver.hub.hub import Hub
from chatserver.suite.fields import forms, tags


class Labels:
    """Tags and form templates as they are now."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def unfit(self, wanted: Sequence[str], had: Sequence[str]) -> Sequence[str]:
        return tags.unfit(self._hub.held(tags.KIND, tags.ID), wanted, had)

    def filled(self, template: str, version: int, values: Mapping[str, str]) -> Sequence[Answer]:
        return forms.fill(self._hub.held(forms.KIND, forms.ID), template, version, values)

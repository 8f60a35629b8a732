"""What is wrong with settings is said so that one can mend it."""

from typing import Any

import pytest

from chatserver.kernel.errors import Refused
from chatserver.settings.load import workspace_settings


@pytest.mark.parametrize(
    ("raw", "path", "nearest"),
    [
        ({"groupz": []}, "$", "groups"),
        ({"inboxes": [{"id": "a", "name": "b", "flw": "x"}]}, "$.inboxes[0]", "flow"),
        ({"flows": [{"id": "a", "name": "b", "nodes": [{"type": "say", "txet": "x"}]}]}, "$.flows[0].nodes[0]", "text"),
        ({"groups": [{"id": "a", "name": "b", "grup": "x"}]}, "$.groups[0]", None),
        ({"conversation": {"conversation": {}}}, "$.conversation", None),
        ({"flows": [{"id": "a", "name": "b", "nodes": [{"type": "say", "grup": "x"}]}]}, "$.flows[0].nodes[0]", None),
    ],
)
def test_a_mistyped_name_is_answered_with_one_that_is_allowed_there(raw: Any, path: str, nearest: str | None) -> None:
    """Not with one of another place, and never with itself."""
    with pytest.raises(Refused) as refused:
        workspace_settings(raw)
    assert refused.value.data["path"] == path
    reason = refused.value.data["reason"]
    assert reason.partition("did you mean ")[2] == (f"`{nearest}`?)" if nearest else "")

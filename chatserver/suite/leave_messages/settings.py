"""留言处理设置."""

from typing import Annotated

import msgspec
from msgspec import Meta


class LeaveMessageSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """留言处理."""

    assign_to: Annotated[
        str,
        Meta(
            max_length=64,
            title="默认处理服务组",
            description="Group that gets what was left without asking for one. Empty: those who see all groups.",
        ),
    ] = ""

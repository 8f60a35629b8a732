"""The reference pages of docs/, made from the tables of the code (`make gen`)."""

from tools.reference.permissions import permissions
from tools.reference.protocol import protocol
from tools.reference.requirements import requirements
from tools.reference.scenarios import scenarios
from tools.reference.settings import settings
from tools.reference.states import states


def files() -> dict[str, str]:
    """Path from the project's root -> text."""
    return {
        "docs/permissions.md": permissions(),
        "docs/protocol.md": protocol(),
        "docs/requirements.md": requirements(),
        "docs/scenarios.md": scenarios(),
        "docs/settings.md": settings(),
        "docs/states.md": states(),
    }

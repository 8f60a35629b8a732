"""docs/openapi.json and docs/rest.md: the REST API for programs and for people (`make gen`)."""

import json

from tools.reference.doors import document
from tools.reference.rest import rest


def files() -> dict[str, str]:
    """Path from the project's root -> text."""
    text = json.dumps(document(), ensure_ascii=False, indent=1)
    return {"docs/openapi.json": f"{text}\n", "docs/rest.md": rest()}

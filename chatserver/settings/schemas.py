"""JSON Schemas of what is written by hand or spoken by others: the settings file, and both sides of the wire."""

from typing import Any

import msgspec

from chatserver.protocol import agent, visitor
from chatserver.settings.deployment import Deployment
from chatserver.settings.model import Settings


def schemas() -> dict[str, dict[str, Any]]:
    """File name -> schema. Editors check a settings file with the first while it is being written."""
    return {
        "settings.schema.json": msgspec.json.schema(Settings),
        "deployment.schema.json": msgspec.json.schema(Deployment),
        "visitor.schema.json": _wire(visitor.VISITOR_UP, visitor.VISITOR_DOWN),
        "agent.schema.json": _wire(agent.AGENT_UP, agent.AGENT_DOWN),
    }


def _wire(up: dict[str, Any], down: dict[str, Any]) -> dict[str, Any]:
    """`up` and `down` map event names to their payloads; `acks` to what the acknowledgement holds."""
    types = [*(p for p, _ in up.values()), *(a for _, a in up.values()), *down.values()]
    unique = sorted(set(types), key=lambda t: str(t.__name__))
    _, definitions = msgspec.json.schema_components(unique, ref_template="#/$defs/{name}")

    def refs(named: dict[str, Any]) -> dict[str, Any]:
        return {event: {"$ref": f"#/$defs/{t.__name__}"} for event, t in named.items()}

    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "up": refs({event: payload for event, (payload, _) in up.items()}),
        "acks": refs({event: ack for event, (_, ack) in up.items()}),
        "down": refs(down),
        "$defs": definitions,
    }

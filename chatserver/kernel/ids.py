"""Ids are made at the edges of the system (a client, a door) and travel inwards in the input. The core makes none."""

import secrets

from ulid import ULID


def new_id() -> str:
    """A ULID: 26 letters, sorts by the time of its making."""
    return str(ULID())


def new_secret() -> str:
    """256 random bits for a session or a key, URL-safe."""
    return secrets.token_urlsafe(32)

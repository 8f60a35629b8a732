"""Instants as stores and browsers keep them. Pure: asks nobody what time it is."""

from datetime import UTC, datetime


def epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC: how stores and browsers keep an instant."""
    return round(at.timestamp() * 1000)


def from_epoch_ms(ms: int) -> datetime:
    """The inverse of `epoch_ms`."""
    return datetime.fromtimestamp(ms / 1000, UTC)

"""Omnichannel customer-service chat server. Start reading at docs/path.md; the layers are listed in pyproject.toml."""

__version__ = "0.1.0"

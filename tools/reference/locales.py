"""The server's sentences, as the pages quote them."""

import json
from pathlib import Path

import chatserver


def sentences(language: str) -> dict[str, str]:
    """Key -> sentence; `language` is `zh-CN` or `en`."""
    file = Path(chatserver.__file__).parent / "locales" / f"{language}.json"
    found: dict[str, str] = json.loads(file.read_text("utf-8"))
    return found

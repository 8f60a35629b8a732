"""Debian's Chromium for browser tests; Playwright drives it and brings no browser of its own."""

import os
import shutil

REMEDY = "install Debian's chromium, or set CHROMIUM to a browser's path"

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Without the last four a browser asks its maker's servers, which a closed network refuses."""


def binary() -> str | None:
    """Where it is, or None."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")

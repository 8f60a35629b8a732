"""Real servers for tests, started on a free port with their own data and thrown away afterwards."""

import os
from typing import NoReturn

import pytest


def missing(what: str, remedy: str) -> NoReturn:
    """Skip the test, saying why; in CI, where everything must be there, fail it."""
    reason = f"{what} is not here: {remedy}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)

"""What every folder of tests may use: the real servers, started once a run and only when asked for, how Hypothesis
looks for examples, and the watch over tests that do not end."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.providers import missing, mongod, redis
from tests.watch import pytest_enter_pdb, pytest_runtest_protocol

__all__ = ["pytest_enter_pdb", "pytest_runtest_protocol"]

# The same examples in every run, and a slow machine is no counterexample: who is told "failed" has broken something.
# `make soak` looks for new ones.
settings.register_profile(
    "house", derandomize=not os.environ.get("SOAK"), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")


@pytest.fixture(scope="session")
def mongodb_uri() -> Iterator[str]:
    """The address of a MongoDB replica set."""
    with mongod.running() as uri:
        yield uri or missing("a MongoDB server", mongod.REMEDY)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a Redis server."""
    with redis.running() as url:
        yield url or missing("a Redis server", redis.REMEDY)

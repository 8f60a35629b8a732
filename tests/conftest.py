"""Fixtures that every folder of tests may use: the real servers, started once a run and only when asked for."""

from collections.abc import Iterator

import pytest

from tests.providers import missing, mongod, redis


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

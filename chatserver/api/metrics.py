"""Prometheus figures. Counted where they arise, read when asked."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from chatserver.hub.engine import Committed


class Metrics:
    """One registry a server, so that several can live in one process (tests)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._events = Counter("chatserver_events", "Events committed.", ["kind"], registry=self.registry)
        self._batch = Histogram(
            "chatserver_batch_events",
            "Events of one commit.",
            registry=self.registry,
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000),
        )

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """A figure that is read at the moment somebody asks."""
        Gauge(f"chatserver_{name}", text, registry=self.registry).set_function(read)

    def committed(self, committed: Committed) -> None:
        self._batch.observe(len(committed.records))
        for _, happened in committed.records:
            self._events.labels(happened.event.__struct_config__.tag).inc()

    def text(self) -> bytes:
        return generate_latest(self.registry)

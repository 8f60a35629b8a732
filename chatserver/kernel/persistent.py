"""Two persistent collections: a change makes a new one and shares almost everything with the old.

Why not a dict and a tuple: copying 10,000 entries for one change costs 100 µs and more. Here a change copies one
small piece, so that a step on a floor of 10,000 waiting costs what it costs among ten (`make bench` shows it).
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

V = TypeVar("V")

_SHARDS = 256


class Shards(Mapping[str, V], Generic[V]):
    """A persistent mapping with text keys. Its order of iteration means nothing: sort what you show."""

    __slots__ = ("_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: tuple[dict[str, V], ...] = ({},) * _SHARDS
        self._size = 0

    def put(self, key: str, value: V) -> "Shards[V]":
        """With `key` set to `value`."""
        n = hash(key) % _SHARDS
        return self._with(n, {**self._pieces[n], key: value})

    def drop(self, key: str) -> "Shards[V]":
        """Without `key`; the same when it was not there."""
        n = hash(key) % _SHARDS
        if key not in self._pieces[n]:
            return self
        return self._with(n, {k: v for k, v in self._pieces[n].items() if k != key})

    def _with(self, n: int, piece: dict[str, V]) -> "Shards[V]":
        new: Shards[V] = Shards.__new__(Shards)
        new._pieces = (*self._pieces[:n], piece, *self._pieces[n + 1 :])
        new._size = self._size + len(piece) - len(self._pieces[n])
        return new

    def __getitem__(self, key: str) -> V:
        return self._pieces[hash(key) % _SHARDS][key]

    def __iter__(self) -> Iterator[str]:
        return (key for piece in self._pieces for key in piece)

    def __len__(self) -> int:
        return self._size


class Ordered(Protocol):
    """What a `Line` holds: values that compare."""

    def __lt__(self, other: Any, /) -> bool: ...


K = TypeVar("K", bound=Ordered)

_PIECE = 128


class Line(Generic[K]):
    """A persistent sorted sequence without repetitions, in pieces of at most 128."""

    __slots__ = ("_pieces", "_size")

    def __init__(self, pieces: tuple[tuple[K, ...], ...] = (), size: int = 0) -> None:
        self._pieces = pieces
        self._size = size

    def add(self, key: K) -> "Line[K]":
        """With `key`, which must not be in it."""
        if not self._pieces:
            return Line(((key,),), 1)
        n = self._piece_of(key)
        piece = self._pieces[n]
        at = bisect_left(piece, key)
        grown = (*piece[:at], key, *piece[at:])
        parts = (grown,) if len(grown) <= _PIECE else (grown[: _PIECE // 2], grown[_PIECE // 2 :])
        return Line((*self._pieces[:n], *parts, *self._pieces[n + 1 :]), self._size + 1)

    def remove(self, key: K) -> "Line[K]":
        """Without `key`, which must be in it."""
        n = self._piece_of(key)
        piece = self._pieces[n]
        at = bisect_left(piece, key)
        if at == len(piece) or piece[at] != key:
            raise KeyError(key)
        rest = (*piece[:at], *piece[at + 1 :])
        return Line((*self._pieces[:n], *((rest,) if rest else ()), *self._pieces[n + 1 :]), self._size - 1)

    def rank(self, key: K) -> int:
        """How many come before `key`."""
        if not self._pieces:
            return 0
        n = self._piece_of(key)
        return sum(map(len, self._pieces[:n])) + bisect_left(self._pieces[n], key)

    def _piece_of(self, key: K) -> int:
        """The piece in which `key` is or would be."""
        lows = [piece[0] for piece in self._pieces[1:]]
        n = bisect_left(lows, key)
        return n + 1 if n < len(lows) and lows[n] == key else n

    def __iter__(self) -> Iterator[K]:
        return (key for piece in self._pieces for key in piece)

    def __len__(self) -> int:
        return self._size

"""The one writer: takes what is in the mailbox, steps, commits it all at once, then answers and tells.

Nothing is acknowledged or pushed before it is durable. While a commit is under way the next inputs pile up, and
become the next batch: under load a transaction carries many steps, at rest a step waits for nobody.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from chatserver.dispatch.evolve import touched
from chatserver.dispatch.model import Floor, Seat
from chatserver.hub.batch import Pending, Receipt
from chatserver.hub.machines import FLOOR, Codec, Machines, kind_of, stream
from chatserver.hub.mailbox import Letter, Mailbox
from chatserver.hub.memory import FloorHead, Memory, rebuild_floor
from chatserver.hub.ports import Batch, BatchTooLarge, Change, DuplicateInput, LogRecord, Store, VersionConflict
from chatserver.hub.step import Envelope, Happened, Missing, OpenConversationOf, Outcome, Stepper, View
from chatserver.kernel.clock import Clock
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.instants import epoch_ms
from chatserver.kernel.tasks import spawn

_log = logging.getLogger("chatserver.engine")

REMEMBERED = 100_000
"""Input ids whose answers are at hand; older ones are found in the store by their unique index."""


class Committed(msgspec.Struct, frozen=True):
    """A batch that is durable: its events with their seqs, and the states after it."""

    records: list[tuple[int, Happened]]
    changed: dict[str, Any]
    wakes: list[tuple[str, datetime | None]]


class Engine:
    """Runs until stopped. `told` hears of every committed batch, in order, before the answers go out; `recovered` of
    every time that memory was read anew."""

    def __init__(self, store: Store, clock: Clock, machines: Machines, stepper: Stepper, memory: Memory) -> None:
        self._store = store
        self._clock = clock
        self._machines = machines
        self._stepper = stepper
        self._codec = Codec(machines)
        self._answers: OrderedDict[str, Receipt] = OrderedDict()
        self._task: asyncio.Task[Any] | None = None
        self.memory = memory
        self.mailbox = Mailbox()
        self.head = 0
        self.told: list[Callable[[Committed], None]] = []
        self.recovered: list[Callable[[], None]] = []

    async def start(self) -> None:
        await self.recover()
        self._task = spawn(self._run(), "engine")

    async def stop(self) -> None:
        """Finish what is in the mailbox, then rest."""
        self.mailbox.close()
        if self._task:
            await asyncio.gather(self._task, return_exceptions=True)

    async def send(self, envelope: Envelope) -> Receipt:
        """Returns when the step is durable; raises `Refused` when nothing happened."""
        receipt: Receipt = await self.mailbox.put(envelope)
        return receipt

    async def recover(self) -> None:
        """Read all that is open from the store: at a start, and when another has written. Until it is all there, the
        doors see what was true before, never a part."""
        states: dict[str, Any] = {}
        for kind, machine in self._machines.items():
            if machine.only:
                states[stream(kind, machine.only)] = machine.fresh(machine.only)
            if kind != "floor":
                for s in await self._store.list_open(kind):
                    states[s.stream] = self._codec.state(s.stream, s.body)
        stored = await self._store.load(FLOOR)
        kept = msgspec.json.decode(stored.body, type=FloorHead) if stored else FloorHead()
        seats = [msgspec.json.decode(s.body, type=Seat) for s in await self._store.list_open("seat")]
        head = Floor(version=stored.version if stored else 0, matches=kept.matches)
        conversations = [c for name, c in states.items() if kind_of(name) == "conversation"]
        states[FLOOR] = rebuild_floor(head, seats, conversations)
        self.head = await self._store.head()
        self.memory.replace(states)
        for tell in self.recovered:
            tell()

    async def load(self, name: str) -> Any:
        """The committed state of a stream, from memory or the store; a fresh one when it is new."""
        state = self.memory.get(name)
        if state is not None:
            return state
        stored = await self._store.load(name)
        # While the store was read, the stream may have been written: what is in memory now is never older.
        state = self.memory.get(name)
        if state is not None:
            return state
        if stored is None:
            return self._stepper.fresh(name)
        state = self._codec.state(name, stored.body)
        self.memory.put(name, state)
        return state

    async def _run(self) -> None:
        while letters := await self.mailbox.take():
            try:
                await self._batch(letters)
            except Exception:
                _log.exception("a batch failed as a whole", extra={"inputs": len(letters)})
                _refuse(letters, Refused(ErrorCode.BUSY))
                await self._recover_in_time()

    async def _batch(self, letters: list[Letter]) -> None:
        batch = Pending(self.head, self._clock.now())
        await self._fetch(batch, letters)
        for letter in letters:
            await self._letter(batch, letter)
        if batch.records:
            try:
                await self._store.commit(self._written(batch))
            except DuplicateInput:
                await self._remember(letters)
                left = [x for x in letters if not x.answer.done()]
                if len(left) == len(letters):
                    raise  # the store says "again" and knows no answer: not to be asked for ever
                await self._batch(left)
                return
            except BatchTooLarge:
                await self._apart(letters)
                return
            except VersionConflict:
                _log.error("another process has written to this workspace; reading everything again")
                _refuse(letters, Refused(ErrorCode.BUSY))
                await self.recover()
                return
        self._finish(batch)

    async def _apart(self, letters: list[Letter]) -> None:
        """What is too large together is done one by one, so that only whoever is too large alone is refused."""
        left = [x for x in letters if not x.answer.done()]
        if len(left) == 1:
            _refuse(left, Refused(ErrorCode.TOO_LARGE))
            return
        for letter in left:
            await self._batch([letter])

    async def _letter(self, batch: Pending, letter: Letter) -> None:
        """Step one input; a refusal or a bug answers it and leaves the batch as it was."""
        envelope = letter.envelope
        if envelope.input_id and (known := self._answers.get(envelope.input_id) or batch.answer(envelope.input_id)):
            batch.answers.append((letter, known))
            return
        try:
            outcome = await self._whole(batch, envelope)
        except Refused as refused:
            letter.refuse(refused)
        except Exception:
            _log.exception("a step failed", extra={"input": type(envelope.input).__name__, "to": str(envelope.to)})
            letter.refuse(Refused(ErrorCode.INTERNAL))
        else:
            batch.add(letter, outcome)

    async def _whole(self, batch: Pending, envelope: Envelope) -> Outcome:
        """The envelope's step, and with it those of all that goes with it, as if they were one."""
        if not envelope.also:
            return await self._step(batch, envelope, {})
        to = ""
        happened: list[Happened] = []
        changed: dict[str, Any] = {}
        for n, each in enumerate((envelope, *envelope.also)):
            try:
                outcome = await self._step(batch, each, changed)
            except Refused as refused:
                raise Refused(refused.code, **refused.data | {"nth": n}) from None
            to = to or outcome.stream
            happened += outcome.happened
            changed |= outcome.changed
            await asyncio.sleep(0)  # a sheet has thousands of lines, and they hold up nobody's socket
        return Outcome(stream=to, happened=happened, changed=changed)

    async def _step(self, batch: Pending, envelope: Envelope, before: dict[str, Any]) -> Outcome:
        """`before`: what the steps before it have changed that go with it."""
        layers = (before, batch.changed, *self.memory.layers(), batch.loaded)
        while True:
            try:
                return self._stepper.step(envelope, batch.now, *layers)
            except Missing as missing:
                batch.loaded[missing.stream] = await self.load(missing.stream)

    async def _fetch(self, batch: Pending, letters: list[Letter]) -> None:
        """What is known to be needed is read at once, not one after the other: whoever comes, and what a letter names;
        and what will be a new conversation is not looked up at all, because its id was made a moment ago."""
        wanted: set[str] = set()
        for letter in letters:
            to = letter.envelope.to
            wanted.update(letter.envelope.needs)
            if isinstance(to, OpenConversationOf):
                new = stream("conversation", to.otherwise)
                batch.loaded[new] = self._stepper.fresh(new)
                wanted.add(stream("contact", to.contact))
        missing = [name for name in sorted(wanted) if self.memory.get(name) is None]
        batch.loaded |= {name: self._stepper.fresh(name) for name in missing}
        for stored in await self._store.load_all(missing) if missing else ():
            state = batch.loaded[stored.stream] = self._codec.state(stored.stream, stored.body)
            self.memory.put(stored.stream, state)

    def _written(self, batch: Pending) -> Batch:
        records = tuple(
            LogRecord(
                seq,
                h.stream,
                h.version,
                epoch_ms(h.event.at),
                h.event.__struct_config__.tag,
                self._codec.encode(h.event),
                batch.input_ids.get(seq),
            )
            for seq, h in batch.records
        )
        changes = [c for name, state in batch.changed.items() for c in self._changes(batch, name, state)]
        return Batch(changes=tuple(changes), records=records)

    def _changes(self, batch: Pending, name: str, state: Any) -> Iterable[Change]:
        if kind_of(name) == "floor":
            return self._floor_changes(batch, state)
        machine = self._machines[kind_of(name)]
        wake = batch.wakes[name] = self.wake_at(name, state, batch.changed)
        before = self.memory.get(name) or batch.loaded.get(name)
        return [
            Change(
                stream=name,
                expected=before.version if before is not None else 0,
                version=state.version,
                body=self._codec.encode(state),
                wake_at=epoch_ms(wake) if wake else None,
                open=machine.is_open(state),
                claim=machine.claim(state),
            )
        ]

    def _floor_changes(self, batch: Pending, floor: Floor) -> Iterable[Change]:
        """The floor is never written whole: its head, and the seats that the batch touched."""
        before = self.memory.floor()
        head = self._codec.encode(FloorHead(matches=floor.matches))
        yield Change(FLOOR, before.version, floor.version, head)
        agents = {a for _, h in batch.records if h.stream == FLOOR and (a := touched(h.event))}
        for agent in sorted(agents):
            seat = floor.seats[agent]
            old = before.seats.get(agent)
            yield Change(
                stream("seat", agent), old.revision if old else 0, seat.revision, self._codec.encode(seat)
            )

    def wake_at(self, name: str, state: Any, *layers: dict[str, Any]) -> datetime | None:
        return self._stepper.wake_at(name, state, View(*layers, *self.memory.layers()), self._clock.now())

    def _finish(self, batch: Pending) -> None:
        """Durable: now it is true, now others may know."""
        for name, state in batch.changed.items():
            self.memory.put(name, state)
        self.head += len(batch.records)
        if batch.records:
            committed = Committed(batch.records, batch.changed, list(batch.wakes.items()))
            for tell in self.told:
                tell(committed)
        for letter, receipt in batch.answers:
            if letter.envelope.input_id:
                self._know(letter.envelope.input_id, receipt)
            letter.resolve(receipt)

    async def _remember(self, letters: list[Letter]) -> None:
        """Some of these were answered before this process began, or longer ago than is remembered: answer them so."""
        for letter in letters:
            input_id = letter.envelope.input_id
            if input_id and not letter.answer.done() and (was := await self._store.answered(input_id)):
                receipt = Receipt(was.seq, was.at, was.stream)
                self._know(input_id, receipt)
                letter.resolve(receipt)

    def _know(self, input_id: str, receipt: Receipt) -> None:
        self._answers[input_id] = receipt
        if len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)

    async def _recover_in_time(self) -> None:
        """After a failure whose outcome is unknown only the store knows what is true; ask until it answers."""
        while True:
            try:
                return await self.recover()
            except Exception:
                _log.exception("the store does not answer; trying again")
                await asyncio.sleep(0.5)


def _refuse(letters: Iterable[Letter], refused: Refused) -> None:
    for letter in letters:
        letter.refuse(refused)

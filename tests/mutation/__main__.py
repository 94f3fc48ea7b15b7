"""`python -m tests.mutation`: breaks a sample of the rules, one at a time, and runs their own tests without a server.

A mutant that no test notices is a survivor; `harmless.toml` names those that change nothing, each with why. Exits 1
where fewer than ``--least`` in a hundred are killed.
"""

import argparse
import contextlib
import io
import os
import random
import signal
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Any

from tests.mutation.mutants import Mutant, mutants

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_NOTING = "PANELBOOK_MUTATION_NOTES"
_QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""What was imported before pytest began is not ours, and none of its assertions matters."""

SECONDS = 180
"""A mutant whose tests take longer, and four times as long as without it, hangs, and is noticed."""

PATIENCE = 1800
"""Seconds that the tests may take as they are, however busy the machine is."""


RULES = ("councils/*.py", "services/*/*/domain/**/*.py", "services/*/*/decider.py", "services/requirements.py")


def rules() -> list[Path]:
    """Every file that holds rules."""
    return sorted(
        path.relative_to(ROOT)
        for pattern in (
            "councils/*.py",
            "services/*/*/domain/**/*.py",
            "services/*/*/decider.py",
            "services/requirements.py",
        )
        for path in ROOT.glob(pattern)
        if path.name != "__init__.py"
    )


@cache
def tests_of(path: Path) -> tuple[str, ...]:
    """The files that hold tests of a file of rules and need no server: its own part's first, then its service's."""
    with tempfile.NamedTemporaryFile() as noting:
        child = os.fork()
        if child == 0:
            os.environ[_NOTING] = noting.name
            os._exit(run_tests([*_where(path), "--collect-only"]))
        os.waitpid(child, 0)
        return tuple(Path(noting.name).read_text(encoding="utf-8").split("\n"))


def _where(path: Path) -> list[str]:
    if path.parts[0] == "councils":
        return ["tests/councils", "tests/services"]
    own = ROOT / "tests" / Path(*path.parts[:3])
    return [*([str(own)] if own.is_dir() else []), str(ROOT / "tests" / Path(*path.parts[:2]))]


class _Mutated(MetaPathFinder, Loader):
    """Gives one module its mutant's source."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        self._module = ".".join(mutant.path.with_suffix("").parts)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The mutant's spec, for its own name only."""
        return spec_from_file_location(name, ROOT / self._mutant.path, loader=self) if name == self._module else None

    def create_module(self, spec: ModuleSpec) -> None:
        """A module like any other."""

    def exec_module(self, module: Any) -> None:
        """Run the mutant's source."""
        exec(self.get_code(module.__name__), module.__dict__)

    def get_code(self, _: str) -> CodeType:
        """The mutant's source, compiled."""
        return compile(self._mutant.source, str(ROOT / self._mutant.path), "exec")


class _WithoutServers:
    """A pytest plugin: leaves out every test that needs PostgreSQL or Kafka, and lets properties try a few examples."""

    @staticmethod
    def pytest_configure() -> None:
        """The same few examples every time."""
        from hypothesis import settings

        settings.register_profile("mutation", max_examples=20, deadline=None, derandomize=True)
        settings.load_profile("mutation")

    @staticmethod
    def pytest_collection_modifyitems(items: list[Any]) -> None:
        """Keep what asks for no backend."""
        kept = [item for item in items if "backends" not in getattr(item, "fixturenames", ())]
        items[:] = kept
        if noting := os.environ.get(_NOTING):
            Path(noting).write_text("\n".join(sorted({str(item.path) for item in kept})), encoding="utf-8")


def run_tests(where: Sequence[str]) -> int:
    """pytest's exit code, quietly, ended by the first failure."""
    import pytest

    arguments = [*where, "-x", "-q", "--no-header", "-p", "no:cacheprovider", *_QUIET]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return int(pytest.main(arguments, plugins=[_WithoutServers()]))


def noticed(mutant: Mutant | None, where: Sequence[str] = (), *, seconds: float = PATIENCE) -> bool:
    """Whether the tests of its part fail, in a process of their own; without a mutant, whether those tests do."""
    child = os.fork()
    if child == 0:
        if mutant is not None:
            sys.meta_path.insert(0, _Mutated(mutant))
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        code = 1
        try:
            code = run_tests(tests_of(mutant.path) if mutant is not None else where)
        finally:
            os._exit(code)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) != 0
        time.sleep(0.05)  # A child process tells nobody when it ends but whoever asks.
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def every() -> Iterator[Mutant]:
    """Every mutant of every rule."""
    for path in rules():
        yield from mutants(path, (ROOT / path).read_text(encoding="utf-8"))


def main() -> int:
    """Sample, break, report."""
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="draws the sample; one is drawn and printed")
    parser.add_argument("--sample", type=int, default=100, help="how many mutants; 0 for every one")
    parser.add_argument("--least", type=float, default=95.0, help="how many in a hundred must be killed")
    parser.add_argument("paths", nargs="*", help="only rules whose path holds one of these")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10_000)
    found = [one for one in every() if not asked.paths or any(part in str(one.path) for part in asked.paths)]
    drawn = found if not asked.sample else random.Random(seed).sample(found, min(asked.sample, len(found)))
    print(f"{len(drawn)} of {len(found)} mutants, seed {seed}", flush=True)
    harmless: dict[str, str] = tomllib.loads((HERE / "harmless.toml").read_text(encoding="utf-8"))["harmless"]
    _preload()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        wheres = sorted({tests_of(mutant.path) for mutant in drawn})
        took: dict[tuple[str, ...], float] = {}

        def pass_as_they_are(where: tuple[str, ...]) -> bool:
            began = time.monotonic()
            failed = noticed(None, where)
            took[where] = max(SECONDS, 4 * (time.monotonic() - began))
            return not failed

        if not all(pool.map(pass_as_they_are, wheres)):
            print("The tests do not pass as it is: nothing can be said of mutants.")
            return 2
        verdicts = list(pool.map(lambda mutant: noticed(mutant, seconds=took[tests_of(mutant.path)]), drawn))
    survivors = [mutant for mutant, killed in zip(drawn, verdicts, strict=True) if not killed]
    for mutant in survivors:
        print(f"SURVIVED {mutant.path}:{mutant.line}\n   - {mutant.place.strip()}\n   + {mutant.changed.strip()}")
        print(f"   {harmless.get(mutant.name, 'nobody says that it is harmless')}")
    meant = [mutant for mutant in survivors if mutant.name not in harmless]
    counted = len(drawn) - len(survivors) + len(meant)
    killed = 100.0 if not counted else 100 * (counted - len(meant)) / counted
    print(f"{killed:.1f} in 100 killed ({len(meant)} survived, {len(survivors) - len(meant)} more are harmless)")
    return 0 if killed >= asked.least else 1


def _preload() -> None:
    """Import what is not ours once, so that no child has to; pytest's own plugins must come by pytest."""
    for name in ("pydantic", "msgspec", "zen", "numpy", "fastapi", "asyncpg", "holidays"):
        __import__(name)


if __name__ == "__main__":
    sys.exit(main())

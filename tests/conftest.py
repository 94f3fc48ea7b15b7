"""The real servers that tests share: one PostgreSQL and one Kafka for each run, started when the first test asks."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.backends import Backends, choose, start_backends
from tests.databases import databases

__all__ = ["databases"]

_USED = pytest.StashKey[str]()


def pytest_report_header() -> str:
    choice = choose(os.environ)
    places = {"addresses": "addresses in the environment", "docker": "Docker", "local": "servers of our own"}
    return f"backends: PostgreSQL and Kafka are real, from {places[choice.kind]} ({choice.reason})"


@pytest.fixture(scope="session")
def backends(request: pytest.FixtureRequest) -> Iterator[Backends]:
    """Real PostgreSQL, Kafka and mail. Tests share them, so each takes names (databases, topics, users) of its own."""
    # Not pytest's own folder, which only its owner may enter: PostgreSQL may run as an account of its own.
    folder = Path(tempfile.mkdtemp(prefix="panelbook-tests-"))
    folder.chmod(0o711)
    running = start_backends(folder, durable=False, say=lambda _: None)
    request.config.stash[_USED] = running.described
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if _USED in config.stash:
        terminalreporter.write_line(f"backends: {config.stash[_USED]}")

"""What is missing on a machine is named, with the Debian package that brings it."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.local.kafka_software import KafkaSoftware, prepare
from deploy.local.processes import RuntimeProblem


def _no_rehearsal(software: KafkaSoftware, folder: Path, flags: Sequence[str]) -> None:
    raise AssertionError("nothing may be started when something is missing")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH that holds only what the test puts there, and an empty cache."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("PANELBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return folder


def test_missing_java_is_named(programs: Path) -> None:
    with pytest.raises(RuntimeProblem, match="apt-get install openjdk-17-jre-headless"):
        prepare(lambda _: None, _no_rehearsal)


def test_java_that_is_too_old_is_named(programs: Path) -> None:
    java = programs / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    java.chmod(0o755)
    with pytest.raises(RuntimeProblem, match=r"too old .*11\.0\.2.*apt-get install openjdk-17-jre-headless"):
        prepare(lambda _: None, _no_rehearsal)


def test_missing_maven_is_named(programs: Path) -> None:
    java = programs / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"21.0.1\" 2023-10-17' >&2\n")
    java.chmod(0o755)
    with pytest.raises(RuntimeProblem, match="apt-get install maven"):
        prepare(lambda _: None, _no_rehearsal)


def test_a_maven_that_fails_leaves_nothing_half_fetched_and_its_words_are_shown(programs: Path, tmp_path: Path) -> None:
    shell = shutil.which("sh", path="/bin:/usr/bin")
    for name, text in (("java", "echo 'version \"17.0.1\"' >&2"), ("mvn", "echo 'no route to the repository'; exit 1")):
        program = programs / name
        program.write_text(f"#!{shell}\n{text}\n")
        program.chmod(0o755)
    with pytest.raises(RuntimeProblem, match=r"(?s)could not resolve.*no route to the repository"):
        prepare(lambda _: None, _no_rehearsal)
    assert not list((tmp_path / "cache").glob("*/jars"))

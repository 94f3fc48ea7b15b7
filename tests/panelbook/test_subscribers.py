"""Credentials of a council's own systems: shown once, one council each, replaced at once, and never in an argument."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from bus.kafka_admin import KafkaAdmin, can_log_in
from contracts.registry import Acl, registry
from deploy.local.backends import Backends
from deploy.local.processes import RuntimeProblem
from panelbook import subscribers
from panelbook.preparing import prepare_topics


def test_a_system_reads_its_councils_topic_in_groups_of_its_own_name() -> None:
    """G6: neither finance2's groups nor another council's."""
    assert registry().subscriber_acls("c4d81e", "subscriber-c4d81e-finance") == [
        Acl("subscriber-c4d81e-finance", "group", "subscriber-c4d81e-finance-", "prefixed", "read"),
        Acl("subscriber-c4d81e-finance", "topic", "council.c4d81e.decisions", "literal", "describe"),
        Acl("subscriber-c4d81e-finance", "topic", "council.c4d81e.decisions", "literal", "read"),
    ]


def test_a_credential_shows_no_password_by_itself() -> None:
    assert "s3cret" not in repr(subscribers.Credential("c4d81e", "subscriber-c4d81e-finance", "s3cret", "k:9092"))


@pytest.fixture
def environment(backends: Backends) -> dict[str, str]:
    services = {f"PANELBOOK_KAFKA_{one}_PASSWORD": f"password of {one}" for one in SERVICES}
    return {
        "PANELBOOK_KAFKA_BOOTSTRAP": backends.kafka_bootstrap,
        "PANELBOOK_KAFKA_ADMIN_USERNAME": backends.kafka_admin.username,
        "PANELBOOK_KAFKA_ADMIN_PASSWORD": backends.kafka_admin.password,
        "PANELBOOK_MODE": "test",
        **services,
    }


SERVICES = ("INTAKE", "ROUTING", "PANEL", "NOTIFY", "RECORD")


@pytest.fixture
def council(environment: dict[str, str]) -> str:
    """A council that was loaded, with a first subscriber."""
    council = f"s{uuid4().hex[:10]}"
    prepare_topics(environment, [council], {council: "the first password"})
    return council


def lets_in(environment: Mapping[str, str], username: str, password: str) -> bool:
    return can_log_in(environment["PANELBOOK_KAFKA_BOOTSTRAP"].split(",")[0], username, password)


@pytest.mark.connected
def test_a_new_password_takes_the_place_of_the_old_at_once(environment: dict[str, str], council: str) -> None:
    """No overlap: what was shown first is refused from the moment at which the second is shown."""
    first = subscribers.add(environment, council, "finance")
    assert first.username == f"subscriber-{council}-finance"
    assert lets_in(environment, first.username, first.password)
    with pytest.raises(RuntimeProblem, match="rotate"):
        subscribers.add(environment, council, "finance")
    second = subscribers.rotate(environment, council, "finance")
    assert second.password != first.password
    assert lets_in(environment, first.username, second.password)
    assert not lets_in(environment, first.username, first.password)
    assert subscribers.known(environment, council) == [f"subscriber-{council}", first.username]
    subscribers.remove(environment, council, "finance")
    assert not lets_in(environment, first.username, second.password)
    assert subscribers.known(environment, council) == [f"subscriber-{council}"]
    with pytest.raises(RuntimeProblem, match="list"):
        subscribers.rotate(environment, council, "finance")


@pytest.mark.connected
def test_loading_a_council_again_brings_no_old_password_back(environment: dict[str, str], council: str) -> None:
    """`council load` and `up` are safe to repeat: a password that leaked and was rotated stays refused."""
    rotated = subscribers.rotate(environment, council, "")
    prepare_topics(environment, [council], {council: "the first password"})
    assert lets_in(environment, f"subscriber-{council}", rotated.password)
    assert not lets_in(environment, f"subscriber-{council}", "the first password")


@pytest.mark.connected
def test_each_reads_its_own_councils_topic(environment: dict[str, str], council: str) -> None:
    """G6, in the broker's own words: the other council's topic is not there for it."""
    made = subscribers.add(environment, council, "brokerage")
    other = f"t{uuid4().hex[:10]}"
    prepare_topics(environment, [other])
    seen = KafkaAdmin(environment["PANELBOOK_KAFKA_BOOTSTRAP"], made.username, made.password).list_topics()
    assert set(seen) == {f"council.{council}.decisions"}


@pytest.mark.connected
def test_what_was_never_loaded_and_what_is_no_name_are_refused(environment: dict[str, str], council: str) -> None:
    with pytest.raises(RuntimeProblem, match="council load"):
        subscribers.add(environment, "nowhere", "finance")
    for name in ("", "Finance", "fin-ance", "f" * 33, "../finance", "f inance"):
        with pytest.raises(RuntimeProblem, match="name"):
            subscribers.add(environment, council, name)


@pytest.mark.connected
def test_the_command_line_shows_it_once_or_writes_it_for_its_owner_alone(
    environment: dict[str, str], council: str, tmp_path: Path
) -> None:
    """Standard output has the credential and nothing else; a file is 0600, new, and then nothing is printed."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "panelbook", "subscriber", *arguments, "--council", council]
        known = {**environment, "PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        return subprocess.run(command, env=known, capture_output=True, text=True)

    made = run("add", "finance")
    assert made.returncode == 0, made.stderr
    said = dict(line.split(maxsplit=1) for line in made.stdout.splitlines())
    assert lets_in(environment, said["username"], said["password"])
    assert said["password"] not in made.stderr
    assert "identity provider" in made.stderr
    file = tmp_path / "credential.json"
    written = run("rotate", "finance", "--to", str(file))
    assert (written.returncode, written.stdout) == (0, ""), written.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert lets_in(environment, kept["username"], kept["password"])
    again = run("rotate", "finance", "--to", str(file))
    assert again.returncode != 0
    assert lets_in(environment, kept["username"], kept["password"]), "what cannot be kept is not made"
    listed = run("list")
    assert listed.stdout.split() == [f"subscriber-{council}", f"subscriber-{council}-finance"]
    assert kept["password"] not in listed.stdout + listed.stderr

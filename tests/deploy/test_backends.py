"""Where the servers come from, and that what was chosen really is there."""

from pathlib import Path

import asyncpg
import pytest

from bus.kafka_admin import KafkaAdmin
from deploy.local import containers
from deploy.local.backends import Backends, choose, start_backends
from deploy.local.processes import Credential, RuntimeProblem

ADDRESSES = {
    "PANELBOOK_POSTGRES_ADMIN_DSN": "postgresql://boss:secret@db.internal:5433/postgres?sslmode=require",
    "PANELBOOK_KAFKA_BOOTSTRAP": "kafka-1:9092,kafka-2:9092",
    "PANELBOOK_KAFKA_ADMIN_USERNAME": "admin",
    "PANELBOOK_KAFKA_ADMIN_PASSWORD": "secret",
    "PANELBOOK_SMTP": "mail.internal:2525",
}


def test_addresses_in_the_environment_come_first() -> None:
    assert choose(ADDRESSES | {"PANELBOOK_BACKENDS": "local"}).kind == "addresses"


def test_half_a_set_of_addresses_is_refused_by_name() -> None:
    half = {name: value for name, value in ADDRESSES.items() if name != "PANELBOOK_KAFKA_BOOTSTRAP"}
    with pytest.raises(RuntimeProblem, match="PANELBOOK_KAFKA_BOOTSTRAP"):
        choose(half)


def test_a_set_without_addresses_may_ask_for_our_own_servers() -> None:
    assert choose({"PANELBOOK_BACKENDS": "local"}).kind == "local"
    assert choose({"PANELBOOK_BACKENDS": "docker"}).kind == "docker"
    with pytest.raises(RuntimeProblem, match="it may be docker or local"):
        choose({"PANELBOOK_BACKENDS": "cloud"})


def test_a_cluster_of_three_is_always_our_own() -> None:
    assert choose({}, brokers=3).kind == "local"


def test_named_servers_are_used_as_they_are_and_never_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ADDRESSES.items():
        monkeypatch.setenv(name, value)
    said: list[str] = []
    named = start_backends(tmp_path, say=said.append)
    assert (named.kafka_bootstrap, named.brokers) == ("kafka-1:9092,kafka-2:9092", 2)
    assert (named.smtp_host, named.smtp_port, named.mail_folder) == ("mail.internal", 2525, None)
    assert (
        named.dsn("panel_app", "p@ss/word", "panelbook_panel")
        == "postgresql://panel_app:p%40ss%2Fword@db.internal:5433/panelbook_panel?sslmode=require"
    )
    assert said == ["PostgreSQL and Kafka: real, at the addresses that the environment names"]
    named.stop()
    assert list(tmp_path.iterdir()) == []


def test_a_malformed_mail_address_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (ADDRESSES | {"PANELBOOK_SMTP": "mail.internal"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(RuntimeProblem, match="it must be host:port"):
        start_backends(tmp_path, say=lambda _: None)


def test_a_credential_does_not_show_its_password() -> None:
    assert "secret" not in repr(Credential("admin", "secret"))


@pytest.mark.connected
async def test_the_chosen_servers_answer(backends: Backends) -> None:
    connection = await asyncpg.connect(backends.postgres_admin_dsn)
    assert await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    await connection.close()
    admin = KafkaAdmin(backends.kafka_bootstrap, backends.kafka_admin.username, backends.kafka_admin.password)
    assert isinstance(admin.list_topics(), dict)


@pytest.mark.docker
@pytest.mark.skipif(containers.docker_answers() is not None, reason=f"Docker: {containers.docker_answers()}")
async def test_containers_take_logins_and_are_gone_after_the_stop() -> None:
    servers = containers.start_containers(lambda _: None, durable=False)
    try:
        connection = await asyncpg.connect(servers.postgres_admin_dsn)
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
        admin = KafkaAdmin(servers.kafka_bootstrap, servers.kafka_admin.username, servers.kafka_admin.password)
        assert admin.list_topics() == {}
    finally:
        servers.stop()
    with pytest.raises(OSError, match=r"refused|failed"):
        await asyncpg.connect(servers.postgres_admin_dsn)

"""The local Kafka keeps what it acknowledged, obeys its ACLs, and listens on loopback only."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError

from bus.kafka_admin import Acl, KafkaAdmin, KafkaAdminProblem, TopicSpec, can_log_in
from deploy.local.backends import Backends
from deploy.local.kafka import LocalKafka
from deploy.local.processes import Credential, RuntimeProblem
from tests.deploy.listening import listening_addresses

pytestmark = pytest.mark.connected


@pytest.fixture
def admin(backends: Backends) -> KafkaAdmin:
    return KafkaAdmin(backends.kafka_bootstrap, backends.kafka_admin.username, backends.kafka_admin.password)


@pytest.fixture
def name() -> str:
    return f"t{uuid4().hex[:12]}"


def _login(bootstrap: str, user: Credential) -> dict[str, Any]:
    return {
        "bootstrap_servers": bootstrap,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": user.username,
        "sasl_plain_password": user.password,
    }


async def _send(bootstrap: str, user: Credential, topic: str, *values: bytes) -> None:
    async with AIOKafkaProducer(**_login(bootstrap, user), acks="all", enable_idempotence=True) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


@asynccontextmanager
async def _consumer(bootstrap: str, user: Credential, topic: str, group: str | None = None) -> AsyncIterator[Any]:
    consumer = AIOKafkaConsumer(
        *([topic] if group else []), **_login(bootstrap, user), group_id=group, auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
        if not group:
            consumer.assign([TopicPartition(topic, 0)])
        yield consumer
    finally:
        # A start that was refused leaves open what it had begun.
        await consumer.stop()


async def _read(bootstrap: str, user: Credential, topic: str, group: str | None = None) -> list[bytes]:
    """Everything in partition 0 of the topic."""
    async with _consumer(bootstrap, user, topic, group) as consumer:
        partition = TopicPartition(topic, 0)
        end = (await consumer.end_offsets([partition]))[partition]
        found: list[bytes] = []
        while len(found) < end:
            found.append((await consumer.getone()).value)
        return found


async def test_a_user_reads_and_writes_its_own_topic_and_is_refused_everything_else(
    backends: Backends, admin: KafkaAdmin, name: str
) -> None:
    mine, other = f"{name}.mine", f"{name}.other"
    user = Credential(f"{name}-user", "a long password")
    admin.ensure_topics([TopicSpec(mine, 1), TopicSpec(other, 1)], 1)
    admin.ensure_user(user.username, user.password)
    admin.ensure_acls(
        [
            Acl(user.username, "topic", mine, "literal", "read"),
            Acl(user.username, "topic", mine, "literal", "write"),
            Acl(user.username, "group", name, "prefixed", "read"),
        ]
    )
    await _send(backends.kafka_bootstrap, user, mine, b"one", b"two")
    assert await _read(backends.kafka_bootstrap, user, mine, group=f"{name}-group") == [b"one", b"two"]
    with pytest.raises(TopicAuthorizationFailedError):
        await _send(backends.kafka_bootstrap, user, other, b"no")
    with pytest.raises(TopicAuthorizationFailedError):
        # In a group: by itself aiokafka asks for ever about a topic that it may not see, and never says why.
        async with _consumer(backends.kafka_bootstrap, user, other, group=f"{name}-group") as consumer:
            await consumer.getone()
    with pytest.raises(GroupAuthorizationFailedError):
        await _read(backends.kafka_bootstrap, user, mine, group="foreign")
    assert await _read(backends.kafka_bootstrap, backends.kafka_admin, other) == []


def test_a_wrong_password_is_refused(backends: Backends, admin: KafkaAdmin, name: str) -> None:
    admin.ensure_user(name, "right")
    assert can_log_in(backends.kafka_bootstrap, name, "right")
    assert not can_log_in(backends.kafka_bootstrap, name, "wrong")
    admin.ensure_user(name, "changed")
    assert not can_log_in(backends.kafka_bootstrap, name, "right")


def test_an_ordinary_user_may_administer_nothing(backends: Backends, admin: KafkaAdmin, name: str) -> None:
    admin.ensure_user(name, "right")
    ordinary = KafkaAdmin(backends.kafka_bootstrap, name, "right")
    with pytest.raises(KafkaAdminProblem, match="TOPIC_AUTHORIZATION_FAILED"):
        ordinary.ensure_topics([TopicSpec(name, 1)], 1)
    with pytest.raises(KafkaAdminProblem, match="CLUSTER_AUTHORIZATION_FAILED"):
        ordinary.ensure_user(f"{name}-friend", "x")
    with pytest.raises(KafkaAdminProblem, match="CLUSTER_AUTHORIZATION_FAILED"):
        ordinary.ensure_acls([Acl(name, "topic", name, "literal", "read")])


def test_making_everything_again_changes_nothing_but_config(admin: KafkaAdmin, name: str) -> None:
    acls = [Acl(name, "topic", name, "literal", "read")]
    for retention in ("-1", "-1", "86400000"):
        admin.ensure_topics([TopicSpec(name, 3, {"retention.ms": retention})], 1)
        admin.ensure_acls(acls)
    assert admin.list_topics()[name] == 3
    with pytest.raises(KafkaAdminProblem, match="has 3 partitions and 4 are asked for"):
        admin.ensure_topics([TopicSpec(f"{name}-new", 1), TopicSpec(name, 4)], 1)
    assert f"{name}-new" not in admin.list_topics()


async def test_a_topic_is_never_made_by_using_it(backends: Backends, admin: KafkaAdmin, name: str) -> None:
    producer = AIOKafkaProducer(**_login(backends.kafka_bootstrap, backends.kafka_admin), request_timeout_ms=1000)
    async with producer:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.send_and_wait(name, b"lost")
    assert name not in admin.list_topics()


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="panelbook-kafka-"))
    yield made
    shutil.rmtree(made)


async def test_what_was_acknowledged_is_there_after_kill_9(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = LocalKafka(folder, say=lambda _: None)
    server.start()
    try:
        bootstrap, admin, pids = server.bootstrap, server.admin, server.pids
        KafkaAdmin(bootstrap, admin.username, admin.password).ensure_topics([TopicSpec("kept", 1)], 1)
        await _send(bootstrap, admin, "kept", *(b"%d" % n for n in range(50)))
        assert {host for pid in pids for host, _ in listening_addresses(pid)} == {"127.0.0.1"}
        assert {str(port) for pid in pids for _, port in listening_addresses(pid)} >= {bootstrap.rpartition(":")[2]}

        server.kill()
        assert server.pids == []
        server.start()
        assert server.bootstrap == bootstrap
        assert server.pids != pids
        assert await _read(bootstrap, admin, "kept") == [b"%d" % n for n in range(50)]

        monkeypatch.setattr("deploy.local.kafka.PATIENCE_WITH_ANOTHER_OWNER", 0.1)
        with pytest.raises(RuntimeProblem, match="another Panelbook is using"):
            LocalKafka(folder, say=lambda _: None).start()
        assert len(server.pids) == 1
    finally:
        server.stop()
    with pytest.raises(RuntimeProblem, match="holds a cluster of 1, and 3 were asked for"):
        LocalKafka(folder, brokers=3, say=lambda _: None).start()


def test_a_node_left_half_formatted_is_formatted_again(folder: Path) -> None:
    (folder / "node-1" / "data.draft").mkdir(parents=True)
    (folder / "node-1" / "data.draft" / "meta.properties").write_text("version=1\n")
    server = LocalKafka(folder, say=lambda _: None)
    server.start()
    try:
        assert can_log_in(server.bootstrap, server.admin.username, server.admin.password)
    finally:
        server.stop()


async def test_three_nodes_take_and_keep_messages_while_one_is_killed(folder: Path) -> None:
    server = LocalKafka(folder, brokers=3, say=lambda _: None)
    server.start()
    try:
        assert len(server.pids) == 3
        admin = KafkaAdmin(server.bootstrap, server.admin.username, server.admin.password)
        admin.ensure_topics([TopicSpec("kept", 1)], 3)
        await _send(server.bootstrap, server.admin, "kept", b"before")
        server.kill(2)
        await _send(server.bootstrap, server.admin, "kept", b"during")
        assert len(server.pids) == 2
        server.start()
        assert len(server.pids) == 3
        assert await _read(server.bootstrap, server.admin, "kept") == [b"before", b"during"]
    finally:
        server.stop()
    assert server.pids == []

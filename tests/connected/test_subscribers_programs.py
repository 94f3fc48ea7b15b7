"""What councils' own systems are written with reads a council's topic: librdkafka, CloudEvents' reader, kafkajs."""

import asyncio
import json
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import Consumer, Message

from bus.kafka_admin import KafkaAdmin
from contracts.registry import registry
from deploy.local.backends import Backends
from tests.bus import toy
from tests.bus.conftest import Stage, running

pytestmark = pytest.mark.connected

KAFKAJS = "kafkajs@2.2.4"
COUNT = 3


@dataclass(frozen=True)
class CouncilTopic:
    """A council's topic with three decisions that the relay carried there, and the one credential that may read it."""

    bootstrap: str
    name: str
    principal: str
    password: str


@pytest.fixture
async def topic(stage: Stage, backends: Backends) -> CouncilTopic:
    """The council's topic, as ``panelbook council load`` and a relay make it."""
    council, name = toy.SWINDON, f"{stage.prefix}council.{toy.SWINDON}.decisions"
    principal, password = f"subscriber-{uuid4().hex[:10]}", "a long password"
    admin = KafkaAdmin(backends.kafka_bootstrap, backends.kafka_admin.username, backends.kafka_admin.password)
    await stage.topics("intake.trail", "intake.events")
    await stage.topics(f"council.{council}.decisions", partitions=1)
    own = [acl for acl in registry().acls([council]) if acl.principal == f"subscriber-{council}"]
    mine = [replace(acl, principal=principal, name=name if acl.resource == "topic" else principal) for acl in own]
    await asyncio.to_thread(admin.ensure_user, principal, password)
    await asyncio.to_thread(admin.ensure_acls, mine)
    intake = await stage.service("intake")
    await toy.write(intake.book, council, range(1, COUNT + 1), mood="announce")
    async with running(stage.relay(intake).run()):
        await stage.read(f"council.{council}.decisions", COUNT)
    return CouncilTopic(backends.kafka_bootstrap, name, principal, password)


def with_confluent(topic: CouncilTopic) -> list[Message]:
    """The topic as a program over librdkafka reads it."""
    consumer = Consumer(
        {
            "bootstrap.servers": topic.bootstrap,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-256",
            "sasl.username": topic.principal,
            "sasl.password": topic.password,
            "group.id": f"{topic.principal}-confluent",
            "auto.offset.reset": "earliest",
        }
    )
    found: list[Message] = []
    try:
        consumer.subscribe([topic.name])
        for _ in range(60):
            message = consumer.poll(1.0)
            if message is not None:
                assert message.error() is None
                found.append(message)
            if len(found) == COUNT:
                break
        return found
    finally:
        consumer.close()


def headers_of(message: Message) -> dict[str, bytes]:
    return {name: value for name, value in message.headers() or [] if isinstance(value, bytes)}


async def test_confluent_kafka_reads_every_decision_in_order(topic: CouncilTopic) -> None:
    """With the council's credential and nothing else; every header but the media type has a name of ours."""
    found = await asyncio.to_thread(with_confluent, topic)
    events = [json.loads(message.value() or b"") for message in found]
    assert [event["sequence"] for event in events] == [1, 2, 3]
    assert {message.key() for message in found} == {toy.SWINDON.encode()}
    names = {name for message in found for name in headers_of(message)}
    assert names == {"content-type", "panelbook_type", "panelbook_subject", "council", "epoch", "sequence"}


async def test_the_kafka_reader_of_cloudevents_takes_each_for_the_event_that_it_is(topic: CouncilTopic) -> None:
    """It takes a message with any ``ce_`` header for one whose value is bare: ours has none beside the whole event."""
    for number, message in enumerate(await asyncio.to_thread(with_confluent, topic), start=1):
        read = from_kafka(KafkaMessage(headers_of(message), message.key(), message.value() or b""), JSONFormat())
        sent: dict[str, Any] = json.loads(message.value() or b"")
        assert read.get_data() == sent["data"]
        assert (read.get_id(), read.get_type(), read.get_source()) == (sent["id"], sent["type"], "/panelbook/intake")
        assert (read.get_subject(), read.get_extension("sequence")) == (sent["subject"], number)


async def test_kafkajs_reads_every_decision_in_order(topic: CouncilTopic, tmp_path: Path) -> None:
    """A subscriber in Node.js, with kafkajs as npm gives it out."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("needs Node.js with npm")
    script = tmp_path / "subscriber.cjs"
    script.write_bytes(Path(__file__).with_name("subscriber.cjs").read_bytes())
    fetched = await _run(npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", KAFKAJS, folder=tmp_path)
    if fetched.returncode:
        pytest.skip(f"npm cannot fetch {KAFKAJS}")
    given = (topic.bootstrap, topic.name, topic.principal, topic.password, str(COUNT))
    ran = await _run(node, str(script), *given, folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [line["event"]["sequence"] for line in lines] == [1, 2, 3]
    assert [line["headers"]["panelbook_type"] for line in lines] == [lines[0]["event"]["type"]] * COUNT
    assert {line["key"] for line in lines} == {toy.SWINDON}


async def _run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run, command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )

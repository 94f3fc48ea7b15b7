"""The subscriber's ten lines, taken from the document as they stand, against a real Kafka."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from bus.kafka_admin import KafkaAdmin
from contracts.registry import registry
from deploy.local.backends import Backends

DOCUMENT = Path(__file__).parents[2] / "docs/subscribers.md"
KNOWN = "uk.panelbook.panel.decision.announced.v1"


class Enough(Exception):
    """The last event was handled."""


def the_ten_lines() -> Any:
    """The function `read` of the document."""
    (example,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, DOCUMENT.name, "exec"), names)
    return names["read"]


def an_event(epoch: int, sequence: int, type_: str = KNOWN) -> bytes:
    return json.dumps({"type": type_, "epoch": epoch, "sequence": sequence, "unknown": 1, "data": {"new": 2}}).encode()


@pytest.mark.connected
async def test_the_ten_lines_get_every_decision_once_in_order(
    backends: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    council = uuid4().hex[:12]
    principal, topic = f"subscriber-{council}", f"council.{council}.decisions"
    admin = KafkaAdmin(backends.kafka_bootstrap, backends.kafka_admin.username, backends.kafka_admin.password)
    admin.ensure_topics([spec for spec in registry().topic_specs([council]) if spec.name == topic], backends.brokers)
    admin.ensure_user(principal, "a long password")
    admin.ensure_acls([acl for acl in registry().acls([council]) if acl.principal == principal])
    async with AIOKafkaProducer(
        bootstrap_servers=backends.kafka_bootstrap,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-256",
        sasl_plain_username=backends.kafka_admin.username,
        sasl_plain_password=backends.kafka_admin.password,
    ) as producer:
        repeated = [(1, 1), (1, 2), (1, 1), (1, 2), (1, 3)]
        for value in [
            *(an_event(*place) for place in repeated),
            an_event(1, 4, "uk.panelbook.panel.decision.shelved.v1"),
            an_event(2, 3),
            an_event(1, 4),
            an_event(2, 4),
        ]:
            await producer.send_and_wait(topic, value, partition=0)
    monkeypatch.setenv("KAFKA", backends.kafka_bootstrap)
    monkeypatch.setenv("KAFKA_PASSWORD", "a long password")

    async def heard(done: tuple[int, int]) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []

        def handle(_: dict[str, Any], place: tuple[int, int]) -> None:
            found.append(place)
            if place == (2, 4):
                raise Enough

        with pytest.raises(Enough):
            await asyncio.wait_for(the_ten_lines()(council, done, handle), 30)
        return found

    assert await heard((0, 0)) == [(1, 1), (1, 2), (1, 3), (2, 3), (2, 4)]
    assert await heard((1, 2)) == [(1, 3), (2, 3), (2, 4)]

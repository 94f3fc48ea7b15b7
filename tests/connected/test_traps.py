"""Traps of our libraries (docs/traps.md) that only a running group or a mounted app shows."""

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from fastapi import FastAPI

from bus.consumer import Consumer
from edge.app import harden
from edge.keys import FixedKeys
from ledger.pg.commit import LOST
from ledger.recorded import Heard
from ledger.unit_of_work import UnitOfWork
from services.hosting import create_app
from services.intake.main import SERVICE as INTAKE
from tests.bus import toy
from tests.bus.conftest import Service, Stage, an_event, eventually, running
from tests.databases import Databases
from tests.services.house import SWINDON, open_house
from tests.services.intake.doors import START, settings_heard

pytestmark = pytest.mark.connected


def members(stage: Stage) -> dict[str, set[int]]:
    """Who is in panel's group, by their lasting names, with their partitions; empty while the group is in motion."""
    login = stage.access.client_settings()
    admin = AdminClient(
        {
            "bootstrap.servers": login["bootstrap_servers"],
            "security.protocol": login["security_protocol"],
            "sasl.mechanism": login["sasl_mechanism"],
            "sasl.username": stage.access.username,
            "sasl.password": stage.access.password,
            "log_level": 0,
        }
    )
    group = f"{stage.prefix}panel"
    try:
        described: Any = admin.describe_consumer_groups([group])[group].result(timeout=10)
    except KafkaException:
        return {}  # The group's coordinator is not there yet.
    if described.state.name != "STABLE":
        return {}
    return {
        one.group_instance_id: {assigned.partition for assigned in one.assignment.topic_partitions}
        for one in described.members
    }


async def test_a_member_that_restarts_keeps_its_place_and_moves_nobody_elses_partitions(stage: Stage) -> None:
    """FastStream and aiokafka 5: static membership."""
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    await stage.send("intake.events", an_event(1))

    async def two() -> dict[str, set[int]] | None:
        found = await asyncio.to_thread(members, stage)
        return found if len(found) == 2 and all(found.values()) else None

    async with running(stage.consumer(panel, instance="panel-1").run()):
        async with running(stage.consumer(panel, instance="panel-0").run()):
            before = await eventually(two, "both are in the group")
        assert set(before) == {"panel-0", "panel-1"}
        assert await asyncio.to_thread(members, stage) == before
        await stage.send("intake.events", an_event(2))
        async with running(stage.consumer(panel, instance="panel-0").run()):
            await eventually(lambda: heard(panel, 2), "the partition that waited is read on")
            assert await eventually(two, "both are in the group again") == before


async def test_a_loop_that_is_blocked_longer_than_a_session_loses_its_place_and_no_event(stage: Stage) -> None:
    """FastStream and aiokafka 9: a blocked loop sends no heartbeat."""
    await stage.topics("intake.events")
    panel = await stage.service("panel")
    blocked: list[int] = []

    async def react(unit: UnitOfWork, event: Heard) -> None:
        await stage.echo.react(unit, event)
        if event.data["number"] == 2 and not blocked:
            blocked.append(2)
            time.sleep(11)  # noqa: ASYNC251 - the very thing that must not be done, longer than the session of 6 s

    consumer: Consumer = stage.consumer(panel, follow=toy.follow(react))
    await stage.send("intake.events", *[an_event(number) for number in range(1, 6)])
    async with running(consumer.run(), consumer.retries.run()):
        await eventually(lambda: heard(panel, 5), "all are heard", seconds=60)
        await stage.send("intake.events", an_event(6))
        await eventually(lambda: heard(panel, 6), "it reads on")
    assert blocked == [2]
    assert await panel.echoed(toy.SWINDON) == list(range(1, 7))


async def heard(panel: Service, count: int) -> bool:
    try:
        return await panel.numbers(toy.SWINDON) == list(range(1, count + 1))
    except LOST:
        return False  # The blocked loop has cost this look its connection, too.


async def test_a_mounted_service_works_although_nobody_runs_its_lifespan(databases: Databases, tmp_path: Path) -> None:
    """FastAPI 2: the lifespans of mounted apps do not run, so a service must not need one."""
    async with open_house(INTAKE, databases, tmp_path) as house:
        await settings_heard(house)
        root = FastAPI()
        root.mount("/intake", create_app(house.host, FixedKeys(house.issuer.jwks())))
        harden(root)
        headers = house.headers("officer-sw", "social_worker", team="localities-north")
        async with (
            root.router.lifespan_context(root),
            httpx.AsyncClient(transport=httpx.ASGITransport(root), base_url="http://panelbook") as http,
        ):
            answer = await http.post(f"/intake/councils/{SWINDON}/applications", json=START, headers=headers)
        assert answer.status_code == 201, answer.text

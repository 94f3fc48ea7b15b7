"""A disk that is really full, under PostgreSQL and under Kafka: nothing is half stored, and all goes on with space."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from bus.access import KafkaAccess
from deploy.local.kafka import LocalKafka
from deploy.local.postgres import LocalPostgres
from ledger.proof.verify import verify_ledger
from services.intake.main import SERVICE as INTAKE
from tests.bus import toy
from tests.bus.conftest import Stage, eventually, running
from tests.databases import Databases
from tests.services.house import SWINDON, ServiceHouse, open_house
from tests.services.intake.doors import START, call, settings_heard

pytestmark = pytest.mark.connected


@dataclass(frozen=True)
class Disk:
    """A file system of its own, small enough to be filled."""

    path: Path

    def fill(self, *, but: int = 0) -> None:
        """Leave no more than ``but`` bytes free."""
        found = os.statvfs(self.path)
        with (self.path / "ballast").open("ab") as ballast, suppress(OSError):
            os.posix_fallocate(ballast.fileno(), 0, found.f_bavail * found.f_frsize - but)

    def empty(self) -> None:
        """Give the space back."""
        (self.path / "ballast").unlink()


@pytest.fixture
def disk_of() -> Iterator[Callable[[int], Disk]]:
    """``disk_of(mebibytes)`` mounts a file system in memory; it is gone with the test."""
    folder = Path(tempfile.mkdtemp(prefix="panelbook-disk-"))
    folder.chmod(0o755)

    def make(mebibytes: int) -> Disk:
        command = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=755", "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("a file system of its own cannot be mounted here: that needs root")
        return Disk(folder)

    yield make
    if folder.is_mount():
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
    shutil.rmtree(folder)


@pytest.fixture
async def postgres_disk(disk_of: Callable[[int], Disk]) -> AsyncIterator[tuple[LocalPostgres, Disk]]:
    """A server of this test, with its data and its log on a disk of 160 MiB."""
    disk = await asyncio.to_thread(disk_of, 160)
    server = LocalPostgres(disk.path / "postgres", say=lambda _: None)
    await asyncio.to_thread(server.start)
    yield server, disk
    await asyncio.to_thread(server.stop)


async def begin(house: ServiceHouse, key: UUID) -> httpx.Response:
    return await call(house, "POST", "applications", START, key=key)


async def as_superuser(server: LocalPostgres, *statements: str) -> None:
    connection = await asyncpg.connect(server.admin_dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def until_full(house: ServiceHouse, told: dict[UUID, dict[str, Any]]) -> tuple[UUID, httpx.Response]:
    """Commands until one is not taken: it and its answer. What the others were told is noted."""
    for _ in range(500):
        key = uuid4()
        answer = await begin(house, key)
        if answer.status_code != 201:
            return key, answer
        told[key] = answer.json()
    raise AssertionError("the disk was never full")


async def test_a_full_disk_under_postgresql_stores_nothing_and_loses_nothing(
    postgres_disk: tuple[LocalPostgres, Disk], tmp_path: Path
) -> None:
    server, disk = postgres_disk
    told: dict[UUID, dict[str, Any]] = {}
    async with open_house(INTAKE, Databases(server.admin_dsn), tmp_path) as house:
        await settings_heard(house)
        heard = len(await house.stored())
        for key in [uuid4() for _ in range(3)]:
            told[key] = (await begin(house, key)).json()
        # The log has a fresh segment of 16 MiB, so the tables are what first finds no room.
        await as_superuser(
            server, "SELECT pg_switch_wal()", "CHECKPOINT", "SELECT pg_logical_emit_message(true, '', '')"
        )
        disk.fill()
        refused, answer = await until_full(house, told)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert len(await house.stored()) == heard + len(told)

        # And now the log itself: PostgreSQL stops at once rather than lose what it has promised.
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await as_superuser(server, *["SELECT pg_logical_emit_message(true, '', repeat('x', 16777216))"] * 12)
        stopped = uuid4()
        answer = await begin(house, stopped)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")

        disk.empty()
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        for key in (refused, stopped):
            again = await begin(house, key)
            assert again.status_code == 201, again.text
            told[key] = again.json()
        for key, first in told.items():
            assert (await begin(house, key)).json() == first
        rows = await house.stored()
        assert len({row.command_id for row in rows[heard:]}) == len(rows) - heard == len(told)
        assert (await verify_ledger(house.host.ledger, SWINDON)).positions == len(rows)


@pytest.fixture
async def kafka_disk(disk_of: Callable[[int], Disk]) -> AsyncIterator[tuple[LocalKafka, Disk]]:
    """A broker of this test, with its logs on a disk of 128 MiB."""
    disk = await asyncio.to_thread(disk_of, 128)
    kafka = LocalKafka(disk.path / "kafka", say=lambda _: None)
    await asyncio.to_thread(kafka.start)
    yield kafka, disk
    await asyncio.to_thread(kafka.stop)


async def test_a_full_disk_under_kafka_makes_the_relay_wait_and_loses_nothing(
    stage: Stage, kafka_disk: tuple[LocalKafka, Disk]
) -> None:
    kafka, disk = kafka_disk
    stage.access = KafkaAccess(kafka.bootstrap, kafka.admin.username, kafka.admin.password)
    await stage.topics("intake.trail", "intake.events")
    intake, panel = await stage.service("intake"), await stage.service("panel")
    relay, consumer = stage.relay(intake), stage.consumer(panel)
    large = "x" * 256 * 1024

    async def heard(count: int) -> bool:
        return await panel.numbers(toy.SWINDON) == list(range(1, count + 1))

    async def waits() -> bool:
        return bool((await relay.reading()).lag) and (not kafka.pids or bool((await relay.reading()).troubles))

    async with running(relay.run(), consumer.run()):
        await toy.write(intake.book, toy.SWINDON, range(1, 6))
        await eventually(lambda: heard(5), "the first five are heard")
        disk.fill()
        await toy.write(intake.book, toy.SWINDON, range(6, 26), mood=large)
        await eventually(waits, "the broker has no room and the relay waits", seconds=60)
        assert await intake.bookmark(toy.SWINDON) < 25
        disk.empty()
        await asyncio.to_thread(kafka.kill)
        await asyncio.to_thread(kafka.start)
        await eventually(lambda: heard(25), "all are heard", seconds=90)
    assert await panel.echoed(toy.SWINDON) == list(range(1, 26))
    assert await intake.bookmark(toy.SWINDON) == 25

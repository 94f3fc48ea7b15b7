"""How fast events leave and arrive: the relay beside a raw producer, the consumer beside raw inserts and FastStream."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.middlewares import AckPolicy
from faststream.security import SASLScram256

from bench import reviews
from bench.measuring import Figure, compare
from bench.stage import PARTITIONS, Database, Stage, councils
from bus.access import KafkaAccess
from bus.consumer import Consumer
from bus.relay import Relay

Message = tuple[str, bytes, bytes, list[tuple[str, bytes]]]
"""Topic, key, value and headers."""


class Clock:
    """The machine's time."""

    def now(self) -> datetime:
        """Now, UTC."""
        return datetime.now(UTC)


async def _publish(stage: Stage, database: Database, events: int, published: int = 8) -> None:
    """Fill the books of eight councils with reviews that are told to others."""
    async with database.pool() as pool:
        book = reviews.a_book(database.service, pool, publishes=True)
        for council in councils(published):
            await reviews.fill(book, council, events // published, at_once=200)


async def _messages(access: KafkaAccess, topics: Sequence[str]) -> list[Message]:
    """Everything that stands in the topics, as it stands there."""
    partitions = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]
    return [
        (one.topic, one.key or b"", one.value or b"", list(one.headers)) async for one in access.everything(partitions)
    ]


async def relay(stage: Stage) -> Figure:
    """Ledger rows and public events of eight councils to their topics, beside a producer that has them in memory."""
    scale, access = stage.scale, stage.kafka
    database = await stage.database("bench", reviews.MIGRATIONS)
    prefix = f"b{uuid4().hex[:8]}-"
    topics = [f"{prefix}bench.trail", f"{prefix}bench.events"]
    await stage.topics(*topics)
    await _publish(stage, database, scale.events)
    async with database.pool("relay", 3) as pool, database.plain_pool(1) as plain:
        carried = Relay("bench", pool, access.producer, access=access, prefix=prefix, poll=0.01)

        async def ours() -> float:
            await plain.execute("TRUNCATE ledger.bookmark")
            async with Running(carried.run()):
                while not carried.active:
                    await asyncio.sleep(0.005)  # looks again: nothing tells when it is so
                started = time.perf_counter()
                while not await _arrived(plain):
                    await asyncio.sleep(0.01)  # looks again: nothing tells when it is so
                seconds = time.perf_counter() - started
            return 2 * scale.events / seconds

        await ours()
        messages = (await _messages(access, topics))[: 2 * scale.events]

        async def reference() -> float:
            producer = access.producer()
            await producer.start()
            try:
                started = time.perf_counter()
                sent = [
                    await producer.send(topic, value, key=key, headers=headers)
                    for topic, key, value, headers in messages
                ]
                await asyncio.gather(*sent)
                return len(messages) / (time.perf_counter() - started)
            finally:
                await producer.stop()

        return await compare("relay / raw producer", ">= 0.7", "messages/s", ours, reference, rounds=scale.rounds)


async def _arrived(plain: asyncpg.Pool) -> bool:
    """Whether every bookmark stands at the end of its lane."""
    return await plain.fetchval(
        "SELECT bool_and(h.position = b.reached AND h.events_sequence = e.reached) FROM ledger.head h"
        " LEFT JOIN ledger.bookmark b ON b.council = h.council AND b.lane = 'book'"
        " LEFT JOIN ledger.bookmark e ON e.council = h.council AND e.lane = 'events' WHERE h.lane = 'book'"
    )


class _Heard:
    """A topic filled with the events of eight councils, and the ways to take them in."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.prefix = f"b{uuid4().hex[:8]}-"
        self.topic = f"{self.prefix}intake.events"
        self.events = stage.scale.events

    async def fill(self) -> None:
        """Put the events into the topic, through a ledger and the relay as in life."""
        await self.stage.topics(self.topic, f"{self.prefix}intake.trail")
        source = await self.stage.database("intake", reviews.MIGRATIONS)
        await _publish(self.stage, source, self.events)
        async with source.pool("relay", 3) as pool, source.plain_pool(1) as plain:
            carrier = Relay("intake", pool, self.stage.kafka.producer, prefix=self.prefix, poll=0.01)
            async with Running(carrier.run()):
                while not await _arrived(plain):
                    await asyncio.sleep(0.02)  # looks again: nothing tells when it is so

    async def consumed(self) -> float:
        """Events a second that the consumer hears into a ledger of its own, from an empty one to the last event."""
        database = await self.stage.database("panel", reviews.MIGRATIONS)
        async with database.pool() as pool, database.plain_pool(1) as plain:
            book = reviews.a_book("panel", pool, projects=True)
            consumer = Consumer(
                "panel", ["intake.events"], book, Clock(),
                pool=pool, access=self.stage.kafka, prefix=self.prefix, instance=uuid4().hex[:8],
            )  # fmt: skip
            async with Running(consumer.run()):
                return await self._timed(plain)

    async def _timed(self, plain: asyncpg.Pool) -> float:
        """Events a second between the first ones seen and the last: joining a group is not what is measured."""
        began, seen = 0.0, 0
        while True:
            found = await plain.fetchval("SELECT coalesce(sum(sequence), 0)::bigint FROM bus.progress")
            now = time.perf_counter()
            if found and not began:
                began, seen = now, found
            if found >= self.events:
                return (found - seen) / (now - began) if found > seen else float("nan")
            await asyncio.sleep(0.005)  # looks again: nothing tells when it is so

    async def inserted(self) -> float:
        """Events a second that aiokafka and asyncpg put into two plain tables, batch by batch, one transaction each."""
        database = await self.stage.database("panel", reviews.MIGRATIONS)
        access = self.stage.kafka
        async with database.plain_pool(1) as pool, pool.acquire() as connection:
            await connection.execute(_PLAIN)
            reader = AIOKafkaConsumer(
                self.topic, **access.client_settings(), group_id=f"{self.prefix}{uuid4().hex[:8]}",
                auto_offset_reset="earliest", enable_auto_commit=False,
            )  # fmt: skip
            async with reader:
                began, seen, done = 0.0, 0, 0
                while done < self.events:
                    for records in (await reader.getmany(timeout_ms=200, max_records=500)).values():
                        heard = [_columns(one, one.value or b"") for one in records]
                        async with connection.transaction():
                            await connection.executemany(_PLAIN_ROW, [row for row, _ in heard])
                            await connection.executemany(_PLAIN_REVIEW, [review for _, review in heard])
                        await reader.commit()
                        done += len(records)
                        if not began:
                            began, seen = time.perf_counter(), done
                return (done - seen) / (time.perf_counter() - began) if done > seen else float("nan")

    async def one_by_one(self) -> float:
        """Events a second of a FastStream subscriber that takes one message in one transaction, acknowledged after."""
        database = await self.stage.database("panel", reviews.MIGRATIONS)
        access, wanted = self.stage.kafka, min(self.events, max(50, self.events // 10))
        began, done, over = 0.0, 0, asyncio.Event()
        async with database.plain_pool(1) as pool:
            await pool.execute(_PLAIN)
            broker = KafkaBroker(
                access.bootstrap.split(","),
                security=SASLScram256(access.username, access.password, use_ssl=False),
                logger=None,
            )

            @broker.subscriber(
                self.topic, group_id=f"{self.prefix}{uuid4().hex[:8]}", auto_offset_reset="earliest",
                ack_policy=AckPolicy.NACK_ON_ERROR,
            )  # fmt: skip
            async def take(event: bytes, message: KafkaMessage) -> None:
                nonlocal began, done
                row, review = _columns(message.raw_message, event)
                async with pool.acquire() as connection, connection.transaction():
                    await connection.execute(_PLAIN_ROW, *row)
                    await connection.execute(_PLAIN_REVIEW, *review)
                began, done = began or time.perf_counter(), done + 1
                if done >= wanted:
                    over.set()

            async with broker:
                await broker.start()
                await over.wait()
                return (done - 1) / (time.perf_counter() - began)


async def consume(stage: Stage) -> Figure:
    """Hearing knowledge: heard rows in a chained ledger, a projection and the progress, beside plain inserts."""
    heard = _Heard(stage)
    await heard.fill()
    return await compare(
        "consume / raw insert", ">= 0.5", "events/s", heard.consumed, heard.inserted, rounds=stage.scale.rounds
    )


async def consume_single(stage: Stage) -> Figure:
    """The same, beside a FastStream subscriber as its documentation begins: one message, one transaction."""
    heard = _Heard(stage)
    await heard.fill()
    return await compare(
        "consume / faststream single", ">= 5", "events/s", heard.consumed, heard.one_by_one, rounds=stage.scale.rounds
    )


_PLAIN = """
    CREATE TABLE plain_row (
        council text, kind text, stream text, source text, source_epoch integer, source_sequence bigint,
        id uuid PRIMARY KEY, name text, schema integer, received_at timestamptz, recorded_at timestamptz, actor text,
        role text, command_id uuid, correlation_id uuid, payload bytea, leaf bytea, chain bytea);
    CREATE TABLE plain_review (
        council text, position bigint, application text, weekly_pence bigint, outcome text,
        PRIMARY KEY (council, position));
"""
_PLAIN_ROW = f"INSERT INTO plain_row VALUES ({', '.join(f'${n}' for n in range(1, 19))})"
_PLAIN_REVIEW = "INSERT INTO plain_review VALUES ($1, $2, $3, $4, $5)"
_NO_DIGEST = bytes(32)


def _columns(record: Any, value: bytes) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What two plain tables keep of a record: the columns of a heard row, and of its review."""
    event = msgspec.json.decode(value)
    council, now = record.key.decode(), datetime.now(UTC)
    row = (
        council, "heard", event["subject"], event["source"], event["epoch"], event["sequence"], UUID(event["id"]),
        event["type"], 1, now, now, "service:panel", "service", uuid4(), UUID(event["correlationid"]), value,
        _NO_DIGEST, _NO_DIGEST,
    )  # fmt: skip
    data = event["data"]
    return row, (council, event["sequence"], event["subject"], data["weekly_pence"], data["outcome"])


class Running:
    """A task that runs for the length of a block; what it fails with fails the block."""

    def __init__(self, work: Coroutine[Any, Any, None]) -> None:
        self._work = work

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._work)

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

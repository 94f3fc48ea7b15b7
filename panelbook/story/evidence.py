"""The fifth and sixth part: what a subscriber gets, what no topic holds, and what a complaints officer can prove."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import asyncpg
from aiokafka import TopicPartition
from rich.console import Console
from rich.table import Table

from bus.access import KafkaAccess
from bus.kafka_admin import KafkaAdmin
from ledger.migrate import database_dsn
from ledger.testing.scratch import find_altered_byte
from panelbook.rebuilding import rebuild_services
from panelbook.story.narrator import Narrator, Officer, Reply, StoryBroken, complete_until
from panelbook.story.swindon import Case
from panelbook.verifying import Checked, verify_services

AS_AT = "2026-10-13T12:00:00Z"


def subscriber(tell: Narrator, environment: Mapping[str, str], swindon: str, shropshire: str, expected: int) -> None:
    """Run a subscriber of Swindon in a process of its own, then let it try Shropshire's topic."""
    tell.chapter("5  A subscriber with Swindon's credential only")
    own = _subscribe(environment, swindon, swindon, expected)
    for line in own.stdout.splitlines():
        tell.note(line)
    if own.returncode or len(own.stdout.splitlines()) != expected:
        raise StoryBroken(f"the subscriber got {own.stdout!r}, {own.stderr[-500:]!r}")
    other = _subscribe(environment, swindon, shropshire, 1)
    if other.returncode != 3:
        raise StoryBroken(f"Shropshire's topic was not refused: {other.returncode} {other.stderr[-500:]}")
    tell.note(f"the same credential asks for Shropshire's decisions: {other.stderr.strip().splitlines()[-1]}")


def thin_event(tell: Narrator, environment: Mapping[str, str], council: str) -> None:
    """Show the one decision event that a council's own subscriber gets."""
    got = _subscribe(environment, council, council, 1)
    if got.returncode or len(got.stdout.splitlines()) != 1:
        raise StoryBroken(f"the subscriber got {got.stdout!r}, {got.stderr[-500:]!r}")
    tell.led_to("the thin event is out: time, type and link, no name and no reason")
    tell.note(got.stdout.strip())


def _subscribe(
    environment: Mapping[str, str], credential: str, council: str, count: int
) -> subprocess.CompletedProcess[str]:
    arguments = ["subscribe", "--council", council, "--as", credential, "--count", str(count), "--group", "story"]
    return subprocess.run(
        [sys.executable, "-m", "panelbook", *arguments],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def scan(tell: Narrator, environment: Mapping[str, str]) -> None:
    """Read every byte of every topic and look for each name and narrative of the story."""
    words = {spelling for word in tell.clear_words for spelling in _spellings(word)}
    messages, found = asyncio.run(_scan(environment, words))
    if found:
        raise StoryBroken(f"{len(found)} names or narratives stand in clear on: {sorted(found)}")
    tell.note(
        f"{messages} messages of every topic scanned for {len(tell.clear_words)} names and narratives: none in clear"
    )


def _spellings(word: str) -> Iterable[bytes]:
    yield word.encode()
    yield json.dumps(word)[1:-1].encode()


async def _scan(environment: Mapping[str, str], words: set[bytes]) -> tuple[int, set[str]]:
    access = KafkaAccess(
        environment["PANELBOOK_KAFKA_BOOTSTRAP"],
        environment["PANELBOOK_KAFKA_ADMIN_USERNAME"],
        environment["PANELBOOK_KAFKA_ADMIN_PASSWORD"],
    )
    admin = KafkaAdmin(access.bootstrap, access.username, access.password)
    topics = await asyncio.to_thread(admin.list_topics)
    partitions = [
        TopicPartition(topic, partition)
        for topic, count in topics.items()
        if not topic.startswith("__")
        for partition in range(count)
    ]
    messages = 0
    found: set[str] = set()
    async for message in access.everything(partitions):
        messages += 1
        said = b"".join([message.key or b"", message.value or b"", *(value for _, value in message.headers)])
        if any(word in said for word in words):
            found.add(message.topic)
    return messages, found


def complaints_view(tell: Narrator, environment: Mapping[str, str], case: Case) -> None:
    """Show the case as at a moment and as at now, before and after every read model is folded again."""
    tell.chapter("6  The complaints officer replays the case and proves it unaltered")
    officer = case.people.complaints
    tell.forward(tell.now + timedelta(minutes=5))
    complete = tell.until(officer, "record/completeness", lambda body: complete_until(body, tell.now))
    then = _history(tell, officer, case.application, AS_AT)
    now = _history(tell, officer, case.application, complete)
    _side_by_side(tell, then, now)
    before = {AS_AT: then.content, complete: now.content}
    folded = asyncio.run(rebuild_services(environment))
    tell.note(f"every read model of five services dropped and folded again from {folded} rows")
    for moment, content in before.items():
        again = _history(tell, officer, case.application, moment)
        if again.content != content:
            raise StoryBroken(f"the history as at {moment} has changed")
        tell.note(f"as at {moment}: the same bytes, {again.headers['digest']}")


def _history(tell: Narrator, officer: Officer, application: str, as_at: str) -> Reply:
    return tell.reads(officer, f"record/applications/{application}/history", as_at=as_at)


def _side_by_side(tell: Narrator, then: Reply, now: Reply) -> None:
    table = Table(show_lines=False, expand=False)
    table.add_column(f"as at {then.body['as_at']}", overflow="fold", width=58)
    table.add_column(f"as at {now.body['as_at']}", overflow="fold", width=58)
    known = then.body["entries"]
    for index, entry in enumerate(now.body["entries"]):
        table.add_row(_line(known[index]) if index < len(known) else "", _line(entry))
    drawn = StringIO()
    Console(width=124, file=drawn).print(table)
    for line in drawn.getvalue().splitlines():
        tell.note(line)


def _line(entry: dict[str, Any]) -> str:
    heard = "heard " if entry["kind"] == "heard" else ""
    at = datetime.fromisoformat(entry["recorded_at"]).astimezone(UTC)
    return f"{at:%d %b %H:%M} {entry['service']:7} {heard}{short_name(entry)}"


def short_name(entry: dict[str, Any]) -> str:
    """A stored or public name without what its column already says."""
    name: str = entry["name"].removeprefix("uk.panelbook.")
    return name.removeprefix(f"{entry['service']}.") if entry["kind"] == "decided" else name.removesuffix(".v1")


def verify(tell: Narrator, environment: Mapping[str, str]) -> tuple[int, int]:
    """Verify every lane of every council, then alter one byte in a scratch copy. Returns events and councils."""
    checked = asyncio.run(verify_services(environment))
    for one in checked:
        if one.verified is None:
            raise StoryBroken(f"{one.service} {one.council} {one.lane}: {one.broken}")
    rows = [one for one in checked if one.verified is not None and one.verified.positions]
    for one in sorted(rows, key=lambda one: (one.council, one.service, one.lane)):
        tell.note(_proof(one))
    broken = asyncio.run(_alter(environment, rows))
    tell.note(f"one byte of one row altered in a scratch copy of panel's ledger: {broken}")
    return sum(one.verified.positions for one in rows if one.verified), len({one.council for one in rows})


def _proof(one: Checked) -> str:
    assert one.verified is not None
    return (
        f"{one.council} {one.service:8} {one.lane:6} {one.verified.positions:4} rows, "
        f"Merkle root {one.verified.root.hex()[:16]}..., {one.copied:4} of them equal in record's copy"
    )


async def _alter(environment: Mapping[str, str], rows: Iterable[Checked]) -> str:
    one = next(one for one in rows if one.service == "panel" and one.lane == "book" and one.council == "c4d81e")
    assert one.verified is not None
    position = one.verified.positions // 2
    connection = await asyncpg.connect(database_dsn(environment["PANELBOOK_POSTGRES_ADMIN_DSN"], "panelbook_panel"))
    try:
        broken = await find_altered_byte(connection, one.council, position)
    finally:
        await connection.close()
    if broken.position != position:
        raise StoryBroken(f"position {position} was altered and {broken.position} named")
    return f"verification names {broken}"

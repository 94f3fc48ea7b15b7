"""Holds what the clients were told, the ledgers, the topics and the mailbox against each other, row by row."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from aiokafka import TopicPartition

from bus.access import KafkaAccess
from bus.kafka_admin import KafkaAdmin
from bus.trail import read_trail
from chaos.books import Databases
from chaos.findings import Findings, sequence_faults
from chaos.replies import Book, differing
from deploy.local.mail import read_messages
from ledger.rows import Row
from panelbook.catalogue import CATALOGUE
from panelbook.local_deployment import SERVICES
from panelbook.verifying import verify_services

_OUTCOMES = "SELECT council, command_id, answer, first_position, last_position FROM ledger.outcome WHERE lane = 'book'"
_COMMANDED = "SELECT council, command_id, position FROM ledger.row WHERE lane = 'book' AND kind = 'decided'"
_ROWS = "SELECT council, lane, position, leaf FROM ledger.row"
_OUTBOX = "SELECT council, lane, sequence, value FROM ledger.outbox ORDER BY council, lane, sequence"
_HEARD = """
    SELECT council, source, source_epoch, source_sequence, position, id, name, payload FROM ledger.row
    WHERE kind = 'heard' ORDER BY council, source, position
"""
_CAUSED = (
    "SELECT council, cause, name, count(*) FROM ledger.row WHERE kind = 'decided' AND cause <> '' GROUP BY 1, 2, 3"
)
_LETTERS = "SELECT council, stream, name FROM ledger.row WHERE name LIKE 'notify.message.%' AND lane = 'book'"

_DECIDED = "uk.panelbook.panel.decision.decided.v1"
_RETURNED = "uk.panelbook.panel.decision.returned.v1"
_WITHDRAWN = "uk.panelbook.panel.decision.withdrawn.v1"
EFFECTS: Mapping[tuple[str, str], Mapping[str, int]] = {
    ("routing", "uk.panelbook.intake.application.submitted.v1"): {"routing.route.routed": 1},
    ("panel", "uk.panelbook.routing.route.routed.v1"): {"panel.decision.received": 1},
    ("intake", _DECIDED): {"intake.application.closed": 1},
    ("intake", _RETURNED): {"intake.application.reopened": 1},
    ("intake", _WITHDRAWN): {"intake.application.closed": 1},
    ("notify", _DECIDED): {"notify.task.opened": 1, "notify.message.wanted": 3},
    ("notify", _RETURNED): {"notify.message.wanted": 1},
}
"""What must follow, exactly once, when a service hears an event of the suite's cases."""

_SAME = {"routing.route.rerouted": "routing.route.routed"}
"""An application that is handed in again is routed again, under a name of its own."""


@dataclass
class Wire:
    """What stands on the topics: leaves by service, council, lane and position, and values by topic, council, place."""

    trail: dict[tuple[str, str, str], list[tuple[int, bytes]]] = field(default_factory=lambda: defaultdict(list))
    events: dict[tuple[str, str], list[tuple[int, bytes]]] = field(default_factory=lambda: defaultdict(list))


async def gather(
    environment: Mapping[str, str], opened: Databases, book: Book, mail: Path, before: frozenset[UUID]
) -> Findings:
    """Every comparison. ``before`` are the commands that were stored before the clients began."""
    findings = Findings()
    findings.note("unforeseen", "answers", book.unforeseen.elements())
    await _answers_and_rows(findings, opened, book, before)
    wire = await read_topics(environment)
    await _rows_and_trail(findings, opened, wire)
    await _outbox_and_events(findings, opened, wire)
    await _events_and_heard(findings, opened)
    await _effects_and_heard(findings, opened)
    await _letters(findings, opened, mail)
    await _ledgers(findings, environment)
    return findings


async def stored_commands(opened: Databases) -> frozenset[UUID]:
    """Every command that has an outcome."""
    return frozenset([row["command_id"] for db in opened.values() for row in await db.fetch(_OUTCOMES)])


async def _answers_and_rows(findings: Findings, opened: Databases, book: Book, before: frozenset[UUID]) -> None:
    outcomes: dict[UUID, Any] = {}
    rows: dict[UUID, list[int]] = defaultdict(list)
    for service, connection in opened.items():
        for outcome in await connection.fetch(_OUTCOMES):
            outcomes[outcome["command_id"]] = (service, outcome)
        for row in await connection.fetch(_COMMANDED):
            rows[row["command_id"]].append(row["position"])
    known: set[UUID] = set()
    kept: Counter[str] = Counter()
    for command in book.commands:
        identity, verdict = command.id, command.verdict
        known.add(identity)
        name = f"{command.method} {command.path}"
        _, outcome = outcomes.get(identity, ("", None))
        kept[verdict] += outcome is not None
        if differing(command.answers):
            findings.note("doubled", "told and rows", [f"{name} was told yes in two ways"])
        if verdict == "no" and outcome is not None:
            findings.note("doubled", "told and rows", [f"{name} was told no and stored"])
        if verdict != "yes":
            continue
        said = next(reply.body for reply in command.answers if reply.answer == "yes")
        if outcome is None:
            findings.note("lost", "told and rows", [f"{name} was told yes and is not there"])
            continue
        if msgspec.json.decode(outcome["answer"]) != said:
            findings.note("broken", "told and rows", [f"{name} was told something else than is kept"])
        wanted = set(range(outcome["first_position"], outcome["last_position"] + 1)) - {0}
        stored = sorted(rows[identity])
        findings.note("lost", "told and rows", [f"{name}: row {at}" for at in sorted(wanted - set(stored))])
        findings.note("doubled", "told and rows", [f"{name}: row {at}" for at in stored if at not in wanted])
    ours = [identity for identity, (service, _) in outcomes.items() if service != "notify" and identity not in before]
    invented = [identity for identity in ours if identity not in known and rows[identity]]
    findings.note("doubled", "told and rows", [f"command {one} was never given" for one in invented])
    verdicts = book.verdicts()
    for verdict in ("yes", "no", "unknown"):
        findings.compare(f"commands told {verdict} / kept", verdicts[verdict], kept[verdict])


async def _rows_and_trail(findings: Findings, opened: Databases, wire: Wire) -> None:
    there = sent = again = 0
    for service, connection in opened.items():
        leaves: dict[tuple[str, str], dict[int, bytes]] = defaultdict(dict)
        for council, lane, position, leaf in await connection.fetch(_ROWS):
            leaves[council, lane][position] = leaf
        for (council, lane), stored in leaves.items():
            carried = wire.trail.get((service, council, lane), [])
            name = f"{service} {council} {lane}"
            there += len(stored)
            sent += len({position for position, _ in carried})
            again += _sequence(findings, "rows and trail", name, [at for at, _ in carried], len(stored))
            differ = {position for position, leaf in carried if stored.get(position) != leaf}
            findings.note("broken", "rows and trail", [f"{name}: row {at} differs" for at in sorted(differ)])
    findings.compare("rows / trail", there, sent, repeated=again)


async def _outbox_and_events(findings: Findings, opened: Databases, wire: Wire) -> None:
    there = sent = again = 0
    for service, connection in opened.items():
        outbox: dict[tuple[str, str], dict[int, bytes]] = defaultdict(dict)
        for council, lane, sequence, value in await connection.fetch(_OUTBOX):
            topic = f"{service}.events" if lane == "events" else f"council.{council}.decisions"
            outbox[topic, council][sequence] = value
        for (topic, council), stored in outbox.items():
            carried = wire.events.get((topic, council), [])
            there += len(stored)
            sent += len({sequence for sequence, _ in carried})
            name = f"{topic} {council}"
            again += _sequence(findings, "outbox and events", name, [at for at, _ in carried], len(stored))
            differ = {sequence for sequence, value in carried if stored.get(sequence) != value}
            findings.note("broken", "outbox and events", [f"{name}: {at} differs" for at in sorted(differ)])
    findings.compare("outbox / events", there, sent, repeated=again)


def _sequence(findings: Findings, where: str, name: str, places: list[int], expected: int) -> int:
    lost, invented, disordered, repeated = sequence_faults(name, places, expected)
    findings.note("lost", where, lost)
    findings.note("doubled", where, invented)
    findings.note("out of order", where, disordered)
    return repeated


async def _events_and_heard(findings: Findings, opened: Databases) -> None:
    ends: Counter[tuple[str, str]] = Counter()
    for service, connection in opened.items():
        for council, lane, _, _ in await connection.fetch(_OUTBOX):
            ends[service, council] += lane == "events"
    published = heard = 0
    for service, connection in opened.items():
        places: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row in await connection.fetch(_HEARD):
            places[row["source"], row["council"]].append(row["source_sequence"])
        sources = {topic.partition(".")[0] for topic in CATALOGUE[service].hears if topic.endswith(".events")}
        for (source, council), end in ends.items():
            if source not in sources:
                continue
            listed = places[source, council]
            published += end
            heard += len(set(listed))
            name = f"{service} hears {source} of {council}"
            lost, invented, _, _ = sequence_faults(name, listed, end)
            findings.note("lost", "events and heard", lost)
            findings.note("doubled", "events and heard", invented)
            twice = [place for place, times in Counter(listed).items() if times > 1]
            findings.note("doubled", "events and heard", [f"{name}: {place}" for place in twice])
    findings.compare("events / heard", published, heard)


async def _effects_and_heard(findings: Findings, opened: Databases) -> None:
    due = done = 0
    for service, connection in opened.items():
        caused: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for council, cause, name, count in await connection.fetch(_CAUSED):
            caused[council, cause][_SAME.get(str(name), str(name))] += count
        order: dict[tuple[str, str, str], int] = {}
        for row in await connection.fetch(_HEARD):
            event = msgspec.json.decode(row["payload"])
            subject = (row["council"], row["source"], event.get("subject", ""))
            if row["source_sequence"] < order.get(subject, 0):
                findings.note(
                    "out of order",
                    "effects and heard",
                    [f"{service} {row['council']} {row['source']} {row['source_sequence']} after {order[subject]}"],
                )
            order[subject] = max(order.get(subject, 0), row["source_sequence"])
            wanted = EFFECTS.get((service, event["type"]))
            if wanted is None:
                continue
            what = f"{service} after {event['type']} {row['source_sequence']} of {row['council']}"
            got = caused[row["council"], str(row["id"])]
            for name, count in wanted.items():
                due += count
                done += got[name]
                findings.note("lost", "effects and heard", [f"{what}: {name}"] * (count - got[name]))
                findings.note("doubled", "effects and heard", [f"{what}: {name}"] * (got[name] - count))
    findings.compare("effects due / done", due, done)


async def _letters(findings: Findings, opened: Databases, mail: Path) -> None:
    wanted: Counter[str] = Counter()
    sent: Counter[str] = Counter()
    for _, stream, name in await opened["notify"].fetch(_LETTERS):
        letter = stream.removeprefix("message-")
        wanted[letter] += name == "notify.message.wanted"
        sent[letter] += name == "notify.message.sent"
    posted = Counter(
        str(message["Message-ID"]).strip("<>").partition("@")[0]
        for message in await asyncio.to_thread(read_messages, mail)
    )
    findings.note("lost", "letters", [letter for letter in wanted if not posted[letter] or not sent[letter]])
    findings.note("doubled", "letters", [letter for letter in posted if letter not in wanted])
    findings.note("doubled", "letters", [letter for letter in wanted if wanted[letter] > 1 or sent[letter] > 1])
    findings.compare("letters wanted / Message-IDs", len(wanted), len(posted), repeated=posted.total() - len(posted))


async def _ledgers(findings: Findings, environment: Mapping[str, str]) -> None:
    checked = await verify_services(environment)
    rows = copied = 0
    for one in checked:
        if one.verified is None:
            findings.note("broken", "ledgers", [f"{one.service} {one.council} {one.lane}: {one.broken}"])
            continue
        rows += one.verified.positions
        copied += one.copied
    findings.compare("rows verified / in record's copy", rows, copied)


async def read_topics(environment: Mapping[str, str]) -> Wire:
    """Every message of every trail and public topic, from the first to the last."""
    access = KafkaAccess(
        environment["PANELBOOK_KAFKA_BOOTSTRAP"],
        environment["PANELBOOK_KAFKA_ADMIN_USERNAME"],
        environment["PANELBOOK_KAFKA_ADMIN_PASSWORD"],
    )
    admin = KafkaAdmin(access.bootstrap, access.username, access.password)
    topics = await asyncio.to_thread(admin.list_topics)
    names = {f"{service}.{kind}" for service in SERVICES for kind in ("trail", "events")}
    partitions = [
        TopicPartition(topic, partition)
        for topic, count in topics.items()
        if topic in names or topic.endswith(".decisions")
        for partition in range(count)
    ]
    wire = Wire()
    async for record in access.everything(partitions):
        _take(wire, record)
    return wire


def _take(wire: Wire, record: Any) -> None:
    council = record.key.decode()
    if not record.topic.endswith(".trail"):
        sequence = int(dict(record.headers)["sequence"])
        wire.events[record.topic, council].append((sequence, record.value))
        return
    entry = read_trail(record.value)
    if isinstance(entry, Row):
        service = record.topic.removesuffix(".trail")
        wire.trail[service, council, entry.lane].append((entry.position, entry.leaf))

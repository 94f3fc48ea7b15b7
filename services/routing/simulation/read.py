"""The read model of past applications: what routing saw of each, the way it took and how it ended, in columns."""

import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from councils.facts import Facts, months_and_days
from councils.trial import NOTHING, Columns, ResourceColumns, Whole, totals, trait_of
from ledger.changes import Change, Statement, Table
from ledger.recorded import Heard, Recorded
from ledger.store import Reader
from services.routing.routes.domain.route import Rerouted, Routed, Way

CHUNK = 200_000
"""Applications read by one statement: a statement of a million might outlast its time limit on a busy machine."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


PAST = Table("read.past", key=("application",))
WORDS = Table("read.past_words", key=("key",))
RESOURCE = Table("read.past_resource", key=("number", "resource"))


def project(recorded: Recorded) -> Sequence[Change]:
    """What keeps past applications in step with one row."""
    if isinstance(recorded, Heard):
        return _heard(recorded)
    match recorded.event:
        case Routed(application, way) | Rerouted(application, way):
            facts, words = Facts.read(way.inputs), way_words(way)
            seen = PAST.row(application).set(**_seen(facts), **_way(words, way.sitting_on))
            # What is asked for may be others than before: no line of then stays.
            return [
                _words(trait_of(facts)),
                _words(words),
                seen,
                _forget_lines(application),
                *_lines(application, facts),
            ]
        case _:
            return []


def _heard(heard: Heard) -> Sequence[Change]:
    data = heard.data
    match heard.type:
        case "uk.panelbook.intake.application.submitted.v1":
            return [
                Statement(
                    (PAST,),
                    "insert into read.past (council, application, number, received_us) values ($1, $2, $3, $4)"
                    " on conflict (council, application) do update set received_us = excluded.received_us",
                    (data["application"], heard.row.position, _micros(data["received_at"])),
                    because="the number that an application had first stays",
                )
            ]
        case "uk.panelbook.intake.application.imported.v1":
            return _imported(data, heard.row.position)
        case "uk.panelbook.panel.decision.decided.v1":
            words = {"outcome": data["outcome"], "made": data["made"], "role": data["decided_role"]}
            return [_words(words), PAST.row(data["application"]).set(ending=key_of(words))]
        case _:
            return []


def _imported(data: Mapping[str, Any], number: int) -> Sequence[Change]:
    application, decided, facts = data["application"], data["decided"], Facts.read(data)
    words = {"route": decided["route"], "forum": decided["forum"]}
    ending = {name: decided[name] for name in ("outcome", "made", "role")}
    whole = PAST.row(application).insert(
        number=number,
        received_us=_micros(data["received_at"]),
        ending=key_of(ending),
        **_seen(facts),
        **_way(words, date.fromisoformat(data["sitting_on"]) if data["sitting_on"] else None),
    )
    lines = [RESOURCE.row(number, code).insert(**values) for code, values in _totals(facts)]
    return [_words(trait_of(facts)), _words(words), _words(ending), whole, *lines]


def way_words(way: Way) -> dict[str, Any]:
    """What a way says apart from amounts and days."""
    return {
        "route": way.route,
        "forum": way.forum,
        "reasons": list(way.reasons),
        "settings_version": way.settings_version,
        "table": way.table,
        "row": way.row,
    }


def _seen(facts: Facts) -> dict[str, Any]:
    return {
        "trait": key_of(trait_of(facts)),
        "weekly_pence": facts.weekly_pence,
        "one_off_pence": facts.one_off_pence,
        "indicative_weekly_pence": NOTHING if facts.indicative_weekly_pence is None else facts.indicative_weekly_pence,
    }


def _way(words: Mapping[str, Any], sitting_on: date | None) -> dict[str, Any]:
    return {"way": key_of(words), "sitting_on": sitting_on.toordinal() if sitting_on else 0}


def _totals(facts: Facts) -> Iterator[tuple[str, dict[str, int]]]:
    """Each resource with what is asked for of it in all."""
    for line in totals(facts):
        months, odd_days = months_and_days(line.days or 0, line.starts_on)
        starts_on = line.starts_on.toordinal() if line.starts_on else 0
        numbers = {"pence": line.weekly_pence, "days": line.days or 0, "months": months, "odd_days": odd_days}
        yield line.resource, {**numbers, "starts_on": starts_on}


def _forget_lines(application: str) -> Change:
    return Statement(
        (PAST, RESOURCE),
        "delete from read.past_resource as resource using read.past as past where resource.council = $1"
        " and past.council = $1 and past.application = $2 and resource.number = past.number",
        (application,),
        because=_NUMBERED,
    )


def _lines(application: str, facts: Facts) -> Iterator[Change]:
    for code, values in _totals(facts):
        yield Statement(
            (PAST, RESOURCE),
            "insert into read.past_resource (council, number, resource, pence, days, months, odd_days, starts_on)"
            " select $1, number, $3, $4, $5, $6, $7, $8 from read.past where council = $1 and application = $2",
            (application, code, *values.values()),
            because=_NUMBERED,
        )


_NUMBERED = "resources hang on the number that an application had first, which only its row knows"


def _words(words: Mapping[str, Any]) -> Change:
    return WORDS.row(key_of(words)).put(words=dict(words))


def _micros(moment: str) -> int:
    return (datetime.fromisoformat(moment) - _EPOCH) // timedelta(microseconds=1)


def key_of(words: Mapping[str, Any]) -> int:
    """A signed 64-bit number for some words: never 0, which stands for none."""
    canonical = json.dumps(words, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return int.from_bytes(hashlib.sha256(canonical.encode()).digest()[:8], signed=True) or 1


# --- Reading --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Past:
    """Routed applications of a time: as a scheme sees them, and what happened to each."""

    columns: Columns
    number: Whole
    received_us: Whole
    way: Whole
    """Which of `words`."""
    sitting_on: Whole
    ending: Whole
    """Which of `words`, or 0."""
    words: Mapping[int, Mapping[str, Any]]


async def past(reader: Reader, from_us: int, until_us: int) -> Past:
    """Every routed application that was received in a time: microseconds since 1970, the end not included."""
    chunks = [chunk async for chunk in _chunks(reader, from_us, until_us)]
    # Words are only ever added: read after the rows that name them, none can be missing.
    found = await reader.fetch("select key, words from read.past_words where council = $1")
    words = {row["key"]: row["words"] for row in found}
    table = np.concatenate(chunks, axis=1) if chunks else np.zeros((9, 0), np.int64)
    number, received_us, trait, weekly, one_off, indicated, way, sitting_on, ending = table
    keys, numbered = np.unique(trait, return_inverse=True)
    columns = Columns(
        trait=numbered.astype(np.int64),
        traits=[words[int(key)] for key in keys],
        weekly_pence=weekly,
        one_off_pence=one_off,
        indicative_weekly_pence=indicated,
        resources=await _resources(reader, number),
    )
    return Past(columns, number, received_us, way, sitting_on, ending, words)


async def names_of(reader: Reader, numbers: Sequence[int]) -> dict[int, str]:
    """The ids of some applications by their numbers."""
    found = await reader.fetch(
        "select number, application from read.past where council = $1 and number = any($2::bigint[])", list(numbers)
    )
    return {row["number"]: row["application"] for row in found}


async def _chunks(reader: Reader, from_us: int, until_us: int) -> AsyncIterator[Whole]:
    last = -1
    while True:
        rows = await reader.fetch(
            "select string_agg(int8send(number), ''), string_agg(int8send(received_us), ''),"
            " string_agg(int8send(trait), ''), string_agg(int8send(weekly_pence), ''),"
            " string_agg(int8send(one_off_pence), ''), string_agg(int8send(indicative_weekly_pence), ''),"
            " string_agg(int8send(way), ''), string_agg(int8send(sitting_on), ''), string_agg(int8send(ending), '')"
            " from (select * from read.past where council = $1 and number > $2 and received_us >= $3"
            " and received_us < $4 and trait is not null and way is not null order by number limit $5) as chosen",
            last,
            from_us,
            until_us,
            CHUNK,
        )
        if rows[0][0] is None:
            return
        chunk = np.stack([np.frombuffer(column, ">i8").astype(np.int64) for column in rows[0]])
        yield chunk
        if chunk.shape[1] < CHUNK:
            return
        last = int(chunk[0, -1])


async def _resources(reader: Reader, number: Whole) -> ResourceColumns:
    """The resources of the applications with these numbers, which ascend."""
    found: list[tuple[Whole, list[str]]] = []
    first, last = (int(number[0]), int(number[-1])) if len(number) else (1, 0)
    while first <= last:
        rows = await reader.fetch(
            "select string_agg(int8send(number), ''), string_agg(int8send(pence), ''), string_agg(int8send(days), ''),"
            " string_agg(int8send(months), ''), string_agg(int8send(odd_days), ''),"
            " string_agg(int8send(starts_on), ''), array_agg(resource)"
            " from (select * from read.past_resource where council = $1 and number >= $2 and number < $3"
            " order by number, resource) as chosen",
            first,
            min(last + 1, first + CHUNK),
        )
        first += CHUNK
        if rows[0][0] is not None:
            table = np.stack([np.frombuffer(column, ">i8").astype(np.int64) for column in rows[0][:6]])
            found.append((table, rows[0][6]))
    table = np.concatenate([table for table, _ in found], axis=1) if found else np.zeros((6, 0), np.int64)
    names = [name for _, some in found for name in some]
    codes = sorted(set(names))
    places = {code: place for place, code in enumerate(codes)}
    code = np.array([places[name] for name in names], np.int64)
    ours = np.isin(table[0], number)
    owner, pence, days, months, odd_days, starts_on = table[:, ours]
    return ResourceColumns(
        owner=np.searchsorted(number, owner).astype(np.int64),
        code=code[ours],
        codes=codes,
        pence=pence,
        days=days,
        months=months,
        odd_days=odd_days,
        starts_on=starts_on,
    )

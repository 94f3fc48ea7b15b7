"""The copies of the five trails, how far they are complete, and which rows speak of which application."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol

import msgspec

from ledger.changes import Statement
from ledger.rows import Mark, Row
from ledger.store import Reader
from services.record.history.decoding import CODECS, DECISIONS, SERVICES

COLUMNS = tuple(column.name for column in fields(Row) if column.name != "council")
"""What is copied of a row, beside the council and the service."""

_OF_ROW = ", ".join(f"r.{column}" for column in COLUMNS)

_LOST = """
    exists (
        select from copy.row later where later.council = $1 and later.service = r.service and later.lane = r.lane
        and later.epoch > r.epoch and later.position <= r.position and (later.epoch, later.position) <= ({end})
    )
"""
"""Whether a row `r` is one that its service lost in a restore, as was known up to a place: a later epoch took its
position. What was answered from an earlier cut stays as it was."""

ANSWER_LIMIT = 20_000
"""Rows of one case; a longer history is refused rather than cut short."""


class Connection(Protocol):
    """What the keeping of copies needs of a database connection inside one council's transaction."""

    async def execute(self, query: str, *args: Any) -> str:
        """Run one statement."""
        ...

    async def executemany(self, command: str, args: Sequence[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        ...


@dataclass(frozen=True)
class Place:
    """A position in one service's book."""

    epoch: int
    position: int


Cut = Mapping[str, Place]
"""For each service the last position that an answer may use."""


async def keep_rows(connection: Connection, service: str, council: str, rows: Sequence[Row]) -> None:
    """Store copied rows, already checked against their leaf and chain."""
    given = ", ".join(f"${number}" for number in range(1, len(COLUMNS) + 3))
    await connection.executemany(
        f"insert into copy.row (council, service, {', '.join(COLUMNS)}) values ({given}) on conflict do nothing",
        [(council, service, *(getattr(row, column) for column in COLUMNS)) for row in rows],
    )


async def name_rows(connection: Connection, service: str, council: str, named: Sequence[tuple[Row, str]]) -> None:
    """Note which copied rows speak of which application."""
    await connection.executemany(
        "insert into read.named (council, service, epoch, position, application) values ($1, $2, $3, $4, $5)"
        " on conflict do nothing",
        [(council, service, row.epoch, row.position, application) for row, application in named],
    )
    await connection.executemany(
        "insert into read.thread (council, application, service, stream, since) values ($1, $2, $3, $4, $5)"
        " on conflict do nothing",
        [
            (council, application, service, row.stream, row.position)
            for row, application in named
            if row.kind == "decided"
        ],
    )


async def keep_marks(connection: Connection, service: str, council: str, marks: Sequence[Mark]) -> None:
    """Remember the newest promise of a service: nothing recorded up to its moment is still to come."""
    if not marks:
        return
    newest = max(marks, key=lambda mark: mark.moment)
    await connection.execute(
        "insert into copy.mark (council, service, epoch, position, moment) values ($1, $2, $3, $4, $5)"
        " on conflict (council, service) do update set epoch = excluded.epoch, position = excluded.position,"
        " moment = excluded.moment where excluded.moment > copy.mark.moment",
        council,
        service,
        newest.epoch,
        newest.position,
        newest.moment,
    )


async def enter(connection: Connection, council: str) -> None:
    """Make a transaction see one council's copies, and no other's."""
    await connection.execute("select set_config('panelbook.council', $1, true)", council)


async def forget_names(connection: Connection, council: str) -> None:
    """Empty the index of applications of one council, to fold it again."""
    await connection.execute("delete from read.named where council = $1", council)
    await connection.execute("delete from read.thread where council = $1", council)


async def _rows(reader: Reader, condition: str, *args: Any) -> list[Row]:
    """The copied rows ``r`` of one council that a condition names; it ends in their order."""
    found = await reader.fetch(
        f"select r.council, {_OF_ROW} from copy.row r where r.council = $1 and {condition}", *args
    )
    return [Row(**dict(row)) for row in found]


async def copied_rows(
    reader: Reader, service: str, lane: str, after: Place | None = None, limit: int = 1000, *, surviving: bool = False
) -> list[Row]:
    """Copied rows of one service's lane behind a place, in order.

    ``surviving`` leaves out those that the service lost in a restore: a later epoch took their positions.
    """
    lost = f" and not {_LOST.format(end='later.epoch, later.position')}" if surviving else ""
    place = after or Place(0, 0)
    return await _rows(
        reader,
        f"r.service = $2 and r.lane = $3 and (r.epoch, r.position) > ($4, $5){lost}"
        " order by r.epoch, r.position limit $6",
        service,
        lane,
        place.epoch,
        place.position,
        limit,
    )


async def chain_at(reader: Reader, service: str, lane: str, position: int) -> bytes | None:
    """The chain up to a copied row of the newest epoch that has this position, or None when there is no such copy."""
    found = await reader.fetch(
        "select chain from copy.row where council = $1 and service = $2 and lane = $3 and position = $4"
        " order by epoch desc limit 1",
        service,
        lane,
        position,
    )
    return found[0]["chain"] if found else None


async def newest_copy(reader: Reader, service: str, lane: str) -> tuple[int, int, bytes] | None:
    """Epoch, position and chain of the newest copied row of one service's lane, or None before the first."""
    found = await reader.fetch(
        "select epoch, position, chain from copy.row where council = $1 and service = $2 and lane = $3"
        " order by epoch desc, position desc limit 1",
        service,
        lane,
    )
    return (found[0]["epoch"], found[0]["position"], found[0]["chain"]) if found else None


async def marks(reader: Reader) -> dict[str, Mark]:
    """For each service its newest mark: up to its moment, and its position, the copy is complete."""
    found = await reader.fetch("select service, council, epoch, position, moment from copy.mark where council = $1")
    return {row["service"]: Mark(row["council"], row["epoch"], row["position"], row["moment"]) for row in found}


async def oldest_waiting(reader: Reader) -> dict[str, datetime | None]:
    """Up to when every service's rows have been copied: a history can be asked for as at no later moment."""
    return {"recorded_to_copied": min((mark.moment for mark in (await marks(reader)).values()), default=None)}


async def cut_at(reader: Reader, as_at: datetime) -> dict[str, Place]:
    """The last position of each service recorded at or before a moment (DOMAIN, "as_at includes ... exactly")."""
    found = await reader.fetch(
        "select asked.service, last.epoch, last.position from unnest($2::text[]) as asked(service) cross join lateral"
        " (select r.epoch, r.position from copy.row r where r.council = $1 and r.service = asked.service"
        " and r.lane = 'book' and r.recorded_at <= $3 order by r.recorded_at desc limit 1) last",
        list(SERVICES),
        as_at,
    )
    return {row["service"]: Place(row["epoch"], row["position"]) for row in found}


async def pinned_cut(reader: Reader, as_at: datetime, form: int) -> dict[str, Place] | None:
    """The cut that a moment was first answered from, or None when nobody has asked for it yet."""
    found = await reader.fetch(
        "select cut from copy.pin where council = $1 and as_at = $2 and format = $3", as_at, form
    )
    return msgspec.convert(found[0]["cut"], dict[str, Place]) if found else None


def pin(as_at: datetime, form: int, cut: Cut) -> Statement:
    """The statement that keeps a moment's cut; the first to ask decides."""
    return Statement(
        (),
        "insert into copy.pin (council, as_at, format, cut) values ($1, $2, $3, $4) on conflict do nothing",
        (as_at, form, msgspec.to_builtins(dict(cut))),
        because="copies are record's own store and no read model",
    )


CASE = f"""
    with cut as (
        select service, epoch, position
        from unnest($3::text[], $4::int[], $5::bigint[]) as given(service, epoch, position)
    ), about as (
        select n.service, n.epoch, n.position from read.named n where n.council = $1 and n.application = $2
        union all
        select r.service, r.epoch, r.position
        from read.thread t
        join cut on cut.service = t.service and t.since <= cut.position
        join copy.row r on r.council = t.council and r.service = t.service and r.stream = t.stream
        where t.council = $1 and t.application = $2 and r.lane = 'book' and r.kind = 'decided'
        and not exists (
            select from read.named n
            where n.council = $1 and n.service = r.service and n.epoch = r.epoch and n.position = r.position
        )
    )
    select r.council, r.service, {_OF_ROW}
    from about
    join cut on cut.service = about.service and (about.epoch, about.position) <= (cut.epoch, cut.position)
    join copy.row r on r.council = $1 and r.service = about.service and r.lane = 'book'
        and r.epoch = about.epoch and r.position = about.position
    where not {_LOST.format(end="cut.epoch, cut.position")}
    order by r.recorded_at, r.service, r.position
    limit {ANSWER_LIMIT + 1}
"""


async def case_rows(reader: Reader, application: str, cut: Cut) -> list[tuple[str, Row]]:
    """Every row about one application up to a cut, merged by (recorded_at, service, position).

    Rows that name the application, and rows without a name in streams that it takes part in (the opening of its
    sitting, say); never a row that names another application.
    """
    services = sorted(cut)
    found = await reader.fetch(
        CASE,
        application,
        services,
        [cut[service].epoch for service in services],
        [cut[service].position for service in services],
    )
    rows: list[tuple[str, Row]] = []
    for row in found:
        columns = dict(row)
        rows.append((columns.pop("service"), Row(**columns)))
    return rows


async def settings_rows(reader: Reader, cut: Cut) -> list[Row]:
    """Every publication of settings up to a cut, oldest first."""
    if "routing" not in cut:
        return []
    return await _rows(
        reader,
        "r.service = 'routing' and r.lane = 'book' and r.stream = 'settings' and r.kind = 'decided'"
        " and r.name = 'routing.settings.published' and (r.epoch, r.position) <= ($2, $3)"
        f" and not {_LOST.format(end='$2, $3')} order by r.epoch, r.position",
        cut["routing"].epoch,
        cut["routing"].position,
    )


async def _newest(reader: Reader, service: str, stream: str, names: Sequence[str]) -> Row | None:
    """The newest copied row of a stream under one of these names."""
    found = await _rows(
        reader,
        "r.service = $2 and r.lane = 'book' and r.stream = $3 and r.name = any($4::text[])"
        f" and not {_LOST.format(end='later.epoch, later.position')} order by r.epoch desc, r.position desc limit 1",
        service,
        stream,
        list(names),
    )
    return found[0] if found else None


async def submission_of(reader: Reader, application: str) -> Row | None:
    """The newest copied submission of an application, or None when record does not know it."""
    return await _newest(reader, "intake", f"application-{application}", ["intake.application.submitted"])


async def decision_of(reader: Reader, application: str) -> tuple[str, datetime] | None:
    """The newest decision about an application that record has copied, and when it was made; None before any."""
    row = await _newest(reader, "panel", f"decision-{application}", DECISIONS)
    if row is None:
        return None
    ruling = CODECS["panel"].decode_row(row).ruling
    return str(ruling.decision), ruling.decided_at

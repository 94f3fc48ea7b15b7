"""Takes past cases in from JSON Lines or CSV: many at once, resumable, with every refused row and why."""

import asyncio
import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid5

import msgspec

from councils.settings import Settings
from deploy.local.processes import RuntimeProblem
from ledger.decider import By, Failing, Refused
from ledger.loaded import Ready
from ledger.rows import Context
from services import settings as heard_settings
from services.hosting import Host
from services.intake.applications.decider import stream
from services.intake.applications.domain.events import ApplicationEvent
from services.intake.applications.domain.family import Relative
from services.intake.applications.domain.form_events import CircumstancesStated, ResourceLine
from services.intake.applications.domain.sections import Action
from services.intake.imports.domain.past_case import PastCase, PastDecision, PastVoice, import_case

BATCH = 200
"""Cases stored by one transaction: what a crash leaves undone is at most so many, and they are done by the next run."""

NAMES = UUID("7b0b1c0e-52f1-4b39-8f3c-6d1f3a2b9c10")

# --- A row of the file ----------------------------------------------------------------------------------------


class Person(msgspec.Struct):
    """Whom the case is about. What a file says beyond that is passed over."""

    id: str
    name: str
    born_on: date
    contact_email: str | None = None


class Option(msgspec.Struct):
    """Another option that was tried, and why it was unsuitable."""

    option: str
    why_unsuitable: str | None = None


class Source(msgspec.Struct):
    """Another source of funding."""

    source: str
    possible: bool
    information: str | None = None


class FamilyAgreement(msgspec.Struct):
    """Whether the family agreed to the plan."""

    agreed: bool
    reason: str | None = None
    significant_harm: bool = False


class Decided(msgspec.Struct):
    """How it ended."""

    outcome: Literal["AGREED", "NOT_AGREED", "WITHDRAWN"]
    made: Literal["PANEL", "DELEGATED", "OUT_OF_PANEL"]
    role: str
    at: datetime
    route: str
    forum: str | None = None
    times_deferred: int = 0


class Row(msgspec.Struct):
    """One past case as a file holds it; money in pence, moments with their offset from UTC."""

    case: str
    kind: str
    person: Person
    received_at: datetime
    indicative_weekly_pence: int
    weekly_pence: int
    originator: str
    team: str
    team_manager: str
    service: str
    service_manager: str
    decided: Decided
    sitting_on: date | None = None
    one_off_pence: int = 0
    miles: float | None = None
    complex: bool = False
    distinctive: bool = False
    complexity_reason: str | None = None
    family: list[Relative] = []
    resources: list[ResourceLine] = []
    circumstances: CircumstancesStated = CircumstancesStated()
    sections: dict[str, str] = {}
    options_tried: list[Option] | None = None
    other_funding: list[Source] | None = None
    actions: list[Action] | None = None
    family_agreement: FamilyAgreement | None = None
    support_needs: dict[str, str] | None = None
    support_advice: dict[str, str] | None = None
    voices: list[PastVoice] = []

    def past_case(self, council: str) -> PastCase:
        """The case as the rules take it; its application's id follows from council and reference."""
        options, funding, agreement = self.options_tried, self.other_funding, self.family_agreement
        decided = self.decided
        return PastCase(
            reference=self.case,
            application=str(uuid5(NAMES, f"{council}/{self.case}")),
            kind=self.kind,
            person=self.person.id,
            person_name=self.person.name,
            born_on=self.person.born_on,
            contact_email=self.person.contact_email,
            family=tuple(self.family),
            miles=self.miles,
            originator=self.originator,
            team=self.team,
            team_manager=self.team_manager,
            service=self.service,
            service_manager=self.service_manager,
            received_at=self.received_at,
            sitting_on=self.sitting_on,
            indicative_weekly_pence=self.indicative_weekly_pence,
            weekly_pence=self.weekly_pence,
            one_off_pence=self.one_off_pence,
            resources=tuple(self.resources),
            circumstances=self.circumstances,
            complex=self.complex,
            distinctive=self.distinctive,
            complexity_reason=self.complexity_reason,
            texts=self.sections,
            options_tried=None if options is None else tuple((one.option, one.why_unsuitable) for one in options),
            other_funding=None
            if funding is None
            else tuple((one.source, one.possible, one.information) for one in funding),
            actions=None if self.actions is None else tuple(self.actions),
            family_agreement=None
            if agreement is None
            else (agreement.agreed, agreement.reason, agreement.significant_harm),
            support_needs=self.support_needs,
            support_advice=self.support_advice,
            voices=tuple(self.voices),
            decided=PastDecision(
                decided.outcome, decided.made, decided.role, decided.at, decided.route, decided.forum,
                decided.times_deferred,
            ),
        )  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A row by its line in the file, or why it cannot be read; what it says is never repeated."""

    number: int
    row: Row | None
    why: str = ""


def read_lines(path: Path) -> Iterator[Line]:
    """The rows of a file: CSV where its name ends in .csv, else JSON Lines. Raises RuntimeProblem without a file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if path.suffix.lower() == ".csv":
                for number, cells in enumerate(csv.DictReader(file), 2):
                    yield _read(number, lambda cells=cells: msgspec.convert(_nested(cells), Row, strict=False))
            else:
                for number, text in enumerate(file, 1):
                    if text.strip():
                        yield _read(number, lambda text=text: msgspec.json.decode(text, type=Row))
    except (OSError, UnicodeDecodeError) as problem:
        raise RuntimeProblem(f"{path} cannot be read: {type(problem).__name__}.") from None


def _read(number: int, reading: Any) -> Line:
    try:
        row: Row = reading()
    except (msgspec.MsgspecError, ValueError) as problem:
        why = str(problem) if isinstance(problem, msgspec.ValidationError) else "This is no JSON."
        return Line(number, None, why)
    if any(moment.tzinfo is None for moment in (row.received_at, row.decided.at)):
        return Line(number, None, "A moment has no offset from UTC.")
    return Line(number, row)


def _nested(cells: Mapping[str, str | None]) -> dict[str, Any]:
    """A CSV row as JSON has it: `person.name` is a member of `person`, a cell that begins with [ or { is JSON."""
    found: dict[str, Any] = {}
    for column, cell in cells.items():
        if not column or cell is None or not cell.strip():
            continue
        *parents, name = column.split(".")
        place = found
        for parent in parents:
            place = place.setdefault(parent, {})
        place[name] = json.loads(cell) if cell.lstrip()[0] in "[{" else cell
    return found


# --- Taking in ------------------------------------------------------------------------------------------------


@dataclass
class Report:
    """What became of the rows of a file."""

    taken: int = 0
    events: int = 0
    already: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def refuse(self, line: Line, failing: Sequence[Failing]) -> None:
        """Note a row that was refused, with every reason."""
        case = line.row.case if line.row else None
        self.refused.append({"line": line.number, "case": case, "failing": [asdict(one) for one in failing]})


@dataclass(frozen=True)
class _Batch:
    """The cases of some rows that the rules take, ready to be stored, and the moment they were judged."""

    cases: Sequence[Ready]
    now: datetime


async def take_in(host: Host, council: str, by: By, lines: Iterator[Line], *, at_once: int = BATCH) -> Report:
    """Store the past cases of a file, ``at_once`` of them by one transaction; a case that is there already is passed
    over, so that a run that was cut off is simply repeated. While the database stores some, the next are judged and
    sealed; other commands of the council have their turn between two transactions.

    Raises RuntimeProblem while the council has no settings here.
    """
    now = host.clock.now()
    async with host.book.reading(council) as reader:
        settings = await heard_settings.in_force(reader, now)
    if settings is None:
        raise RuntimeProblem("Intake has heard of no settings of this council that are in force.")
    report = Report()
    storing: asyncio.Task[None] | None = None
    try:
        while rows := list(islice(lines, at_once)):
            batch = await _made_ready(host, council, by, settings, rows, report)
            if storing is not None:
                await storing
            storing = asyncio.create_task(_store(host, council, by, batch, report))
    finally:
        # A batch is stored whole, whatever became of the next one.
        if storing is not None:
            await storing
    return report


async def _made_ready(
    host: Host, council: str, by: By, settings: Settings, rows: Sequence[Line], report: Report
) -> _Batch:
    """Judge, seal and encode, case by case, and let the database's answers in between."""
    now = host.clock.now()
    found: dict[str, tuple[Sequence[ApplicationEvent], set[str]]] = {}
    for line in rows:
        await asyncio.sleep(0)
        _decide(council, by, settings, line, now, found, report)
    # Every person's key is there before the council's book is locked.
    await host.vault.meet(council, {person for _, people in found.values() for person in people})
    cases: list[Ready] = []
    for name, (events, _) in found.items():
        await asyncio.sleep(0)
        cases.append(await host.book.make_ready(council, name, events))
    return _Batch(cases, now)


async def _store(host: Host, council: str, by: By, batch: _Batch, report: Report) -> None:
    if not batch.cases:
        return
    names = sorted(case.stream for case in batch.cases)
    command = uuid5(NAMES, f"{council}/{sha256(chr(10).join(names).encode()).hexdigest()}")
    context = Context(council, by.actor, by.role, batch.now, batch.now, command, command)
    async with host.book.unit_of_work(context) as unit:
        there = await unit.transaction.versions(names)
        fresh = [case for case in batch.cases if case.stream not in there]
        rows = await unit.record_new(fresh)
    report.taken += len(fresh)
    report.events += len(rows)
    report.already += len(batch.cases) - len(fresh)


def _decide(
    council: str,
    by: By,
    settings: Settings,
    line: Line,
    now: datetime,
    found: dict[str, tuple[Sequence[ApplicationEvent], set[str]]],
    report: Report,
) -> None:
    """Put what the rules make of a row to what was found: stream -> events and the people they are about."""
    if line.row is None:
        report.refuse(line, [Failing("", "UNREADABLE", line.why)])
        return
    case = line.row.past_case(council)
    if stream(case.application) in found:
        report.refuse(line, [Failing("/case", "CASE_TWICE", "Another row of the file has this reference.")])
        return
    try:
        events = import_case(by, settings, case, now)
    except Refused as refused:
        report.refuse(line, refused.failing or [Failing("", refused.code, refused.sentence)])
        return
    found[stream(case.application)] = (events, {case.person, *(member.party for member in case.family)})

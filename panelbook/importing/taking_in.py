"""Takes past cases in: many at once, resumable, nothing dropped without a word, every refused row with why."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import uuid5

from councils.settings import Settings
from deploy.local.processes import RuntimeProblem
from edge.problems import problem_of
from ledger.decider import By, Failing, Refused
from ledger.loaded import Ready
from ledger.rows import Context
from ledger.unit_of_work import UnitOfWork
from ledger.vault.vault import Erased
from panelbook.importing.files import Line
from services import settings as heard_settings
from services.hosting import Host
from services.intake.applications.decider import stream
from services.intake.applications.domain.events import ApplicationEvent, ApplicationImported
from services.intake.imports.domain.past_case import PastCase, import_case
from services.intake.imports.forms import NAMES

BATCH = 200
"""Cases stored by one transaction: what a crash leaves undone is at most so many, and they are done by the next run."""


@dataclass
class Report:
    """What became of the rows of a file."""

    taken: int = 0
    events: int = 0
    already: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    beyond: int = 0
    """Rows that say more than the book has a place for."""

    @property
    def rows(self) -> int:
        """Rows of which something became."""
        return self.taken + self.already + len(self.refused)

    def refuse(self, line: Line, failing: Sequence[Failing]) -> None:
        """Note a row that was refused, with every reason."""
        self.refused.append({"line": line.number, "case": line.case, "failing": [asdict(one) for one in failing]})


@dataclass(frozen=True)
class _Case:
    """A row that the rules take, and the events that it becomes."""

    line: Line
    case: PastCase
    events: Sequence[ApplicationEvent]

    @property
    def stream(self) -> str:
        return stream(self.case.application)

    @property
    def people(self) -> set[str]:
        return {self.case.person, *(member.party for member in self.case.family)}


@dataclass(frozen=True)
class _Batch:
    """The cases of some rows, sealed and encoded, and the moment they were judged."""

    cases: Sequence[tuple[_Case, Ready | None]]
    now: datetime


async def take_in(
    host: Host,
    council: str,
    by: By,
    lines: Iterator[Line],
    *,
    report: Report | None = None,
    storing: bool = True,
    at_once: int = BATCH,
) -> Report:
    """Store the past cases of a file, ``at_once`` of them by one transaction, or only judge them; returns ``report``.

    A case that is there already with the same content is passed over, so that a run that was cut off is simply
    repeated. While the database stores some, the next are judged and sealed; other commands of the council have their
    turn between two transactions. What becomes of each row is added to ``report`` as it does. Raises RuntimeProblem
    while the council has no settings here, and whatever keeps the database from storing anything.
    """
    async with host.book.reading(council) as reader:
        settings = await heard_settings.in_force(reader, host.clock.now())
    if settings is None:
        raise RuntimeProblem("Intake has heard of no settings of this council that are in force.")
    report = Report() if report is None else report
    run = _Run(host, council, by, settings, report, storing)
    task: asyncio.Task[None] | None = None
    try:
        while rows := list(islice(lines, at_once)):
            batch = await run.made_ready(rows)
            if task is not None:
                await task
            task = asyncio.create_task(run.store(batch))
    finally:
        # A batch is stored whole, whatever became of the next one.
        if task is not None:
            await task
    return report


class _Run:
    def __init__(self, host: Host, council: str, by: By, settings: Settings, report: Report, storing: bool) -> None:
        self._host, self._council, self._by = host, council, by
        self._settings, self._report, self._storing = settings, report, storing
        self._seen: dict[str, tuple[int, bytes]] = {}
        """Every id that the file has named so far, with its line and the digest of its content."""

    # --- Judging ----------------------------------------------------------------------------------------------

    async def made_ready(self, lines: Sequence[Line]) -> _Batch:
        """Judge, seal and encode, case by case, and let the database's answers in between."""
        now, found = self._host.clock.now(), list[_Case]()
        for line in lines:
            await asyncio.sleep(0)  # lets the other tasks have their turn
            if (case := self._judged(line, now)) is not None:
                found.append(case)
        if not self._storing:
            return _Batch([(case, None) for case in found], now)
        # Every person's key is there before the council's book is locked.
        await self._host.vault.meet(self._council, {person for case in found for person in case.people})
        ready: list[tuple[_Case, Ready | None]] = []
        for case in found:
            await asyncio.sleep(0)  # lets the other tasks have their turn
            try:
                ready.append((case, await self._host.book.make_ready(self._council, case.stream, case.events)))
            except Exception as problem:
                self._report.refuse(case.line, _reasons(problem))
        return _Batch(ready, now)

    def _judged(self, line: Line, now: datetime) -> _Case | None:
        failing = [*line.failing, *self._twice(line)]
        if line.row is not None:
            if line.row.person.male is not None or line.row.person.ethnicity is not None:
                self._report.beyond += 1
            try:
                case = line.row.past_case(self._council)
                events = import_case(self._by, self._settings, case, now)
                if not failing:
                    return _Case(line, case, events)
            except Exception as problem:
                failing += _reasons(problem)
        self._report.refuse(line, failing)
        return None

    def _twice(self, line: Line) -> Iterator[Failing]:
        if line.case is None:
            return
        first, digest = self._seen.setdefault(line.case, (line.number, line.digest))
        if first != line.number:
            content = "the same" if digest == line.digest else "other"
            yield Failing("/case", "CASE_TWICE", f"Line {first} of the file has this id too, with {content} content.")

    # --- Storing ----------------------------------------------------------------------------------------------

    async def store(self, batch: _Batch) -> None:
        """Store what is not there yet; where that cannot be done at once, row by row, so that one keeps out no other.

        Raises what keeps the database from storing anything.
        """
        cases = batch.cases
        while cases:
            try:
                await self._stored(cases, batch.now)
            except Exception as problem:
                known = problem_of(problem)
                if known is not None and known.status == 503:
                    raise
                if len(cases) == 1:
                    self._report.refuse(cases[0][0].line, _reasons(problem))
                    return
                for one in cases:
                    await self.store(_Batch([one], batch.now))
            return

    async def _stored(self, cases: Sequence[tuple[_Case, Ready | None]], now: datetime) -> None:
        names = sorted(case.stream for case, _ in cases)
        command = uuid5(NAMES, f"{self._council}/{sha256(chr(10).join(names).encode()).hexdigest()}")
        context = Context(self._council, self._by.actor, self._by.role, now, now, command, command)
        async with self._host.book.unit_of_work(context) as unit:
            there = await unit.transaction.versions(names)
            differing = [case for case, _ in cases if case.stream in there and await self._differs(unit, case, now)]
            rows = await unit.record_new(
                ready for case, ready in cases if ready is not None and case.stream not in there
            )
        for case in differing:
            sentence = "The book has a case of this id with other content; what is there stays as it is."
            self._report.refuse(case.line, [Failing("/case", "CASE_DIFFERS", sentence)])
        self._report.taken += len(cases) - len(there)
        self._report.events += len(rows)
        self._report.already += len(there) - len(differing)

    async def _differs(self, unit: UnitOfWork, case: _Case, now: datetime) -> bool:
        """Whether what stands in the book is not what this row becomes under the settings that it was taken in with."""
        kept = [self._host.book.codec.decode_row(row) for row in await unit.transaction.stream(case.stream)]
        last = next((index for index, event in enumerate(kept) if isinstance(event, ApplicationImported)), None)
        if last is None:
            return True
        events, version = case.events, kept[last].settings_version
        if version != self._settings.version:
            settings = await heard_settings.of_version(unit, version)
            try:
                events = import_case(self._by, settings, case.case, now) if settings else ()
            except Refused:
                return True
        return await self._plain(kept[: last + 1]) != await self._plain(events)

    async def _plain(self, events: Sequence[ApplicationEvent]) -> list[tuple[str, Any]]:
        unseal = self._host.vault.unseal_all
        return [(type(event).__name__, await unseal(self._council, event)) for event in events]


def _reasons(problem: Exception) -> Sequence[Failing]:
    """Why a row was not taken, in our own words: never what the row says, and never a traceback."""
    match problem:
        case Refused():
            return problem.failing or [Failing("", problem.code, problem.sentence)]
        case Erased():
            return [Failing("", "PERSON_ERASED", "Somebody in this case was erased here: nothing of them is taken in.")]
        case _:
            known = problem_of(problem)
            if known is not None:
                return known.failing or [Failing("", known.code, known.sentence)]
            name = type(problem).__name__
            return [Failing("", "FAULT", f"This row could not be stored, and that is a fault of ours ({name}).")]

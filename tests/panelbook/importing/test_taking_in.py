"""Past cases go in many at once, and what stands in the end is what single commands would have left."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from councils.packs import pack_settings
from ledger.book import rebuild
from ledger.decider import By
from ledger.recorded import Decided
from ledger.rows import Context, Outgoing
from ledger.store import Busy
from panelbook.caseload.year import lines, year
from panelbook.importing.files import Line, read_lines
from panelbook.importing.taking_in import Report, take_in
from services.intake.applications.decider import stream
from services.intake.applications.domain.form_events import BudgetIndicated
from services.intake.imports.domain.past_case import import_case
from services.intake.main import SERVICE
from tests.databases import Databases
from tests.ledger.given import assert_chained
from tests.services.house import SWINDON, ServiceHouse, open_house
from tests.services.intake.doors import settings_heard

RECORDS = By("officer-ro", "records_officer")
SETTINGS = pack_settings("swindon", version=1, in_force_from=datetime(2025, 1, 1, tzinfo=UTC))

pytestmark = pytest.mark.connected


async def imported(house: ServiceHouse) -> list[str]:
    """The public events of cases that were taken in, by what they are about."""
    return [subject for _, subject, _ in await house.told()]


def cases(folder: Path, count: int) -> list[Line]:
    path = folder / "cases.jsonl"
    path.write_text("".join(line + "\n" for line in lines(year(SETTINGS, 2025, 1, most=count))), encoding="utf-8")
    return list(read_lines(path))


async def test_the_read_models_of_many_cases_at_once_are_those_of_one_event_after_the_other(
    databases: Databases, tmp_path: Path
) -> None:
    """I7: a row that an import writes once is the row that a rebuild writes; of a past case its end alone is told."""
    found = cases(tmp_path, 120)
    async with open_house(SERVICE, databases, tmp_path) as house:
        await settings_heard(house)
        report = await take_in(house.host, SWINDON, RECORDS, iter(found), at_once=70)
        assert report.taken == 120
        assert {type_ for type_, _, _ in await house.told()} == {"uk.panelbook.intake.application.imported.v1"}
        at_once = await house.read_models()
        assert len(at_once["application"]) == 120
        assert await rebuild(house.host.book, [SWINDON]) == report.events + 1
        assert await house.read_models() == at_once


async def test_an_import_stores_the_events_of_the_rules_in_the_order_of_the_file(
    databases: Databases, tmp_path: Path
) -> None:
    found = cases(tmp_path, 30)
    async with open_house(SERVICE, databases, tmp_path) as house:
        await settings_heard(house)
        await take_in(house.host, SWINDON, RECORDS, iter(found), at_once=7)
        rows = await house.stored()
        assert_chained(rows)
        expected: list[tuple[str, int, type]] = []
        for line in found:
            assert line.row is not None
            case = line.row.past_case(SWINDON)
            events = import_case(RECORDS, SETTINGS, case, house.host.clock.now())
            expected += [(stream(case.application), n, type(event)) for n, event in enumerate(events, 1)]
        decided = [row for row in rows if row.kind == "decided"]
        assert [(row.stream, row.version, type(house.host.book.codec.decode_row(row))) for row in decided] == expected


async def test_a_run_that_breaks_off_has_stored_whole_batches_and_the_next_run_does_the_rest(
    databases: Databases, tmp_path: Path
) -> None:
    found = cases(tmp_path, 30)

    def broken() -> Iterator[Line]:
        yield from found[:17]
        raise OSError("the file is gone")

    async with open_house(SERVICE, databases, tmp_path) as house:
        await settings_heard(house)
        with pytest.raises(OSError, match="the file is gone"):
            await take_in(house.host, SWINDON, RECORDS, broken(), at_once=5)
        assert len((await house.read_models())["application"]) == 15
        report = await take_in(house.host, SWINDON, RECORDS, iter(found), at_once=5)
        assert (report.taken, report.already) == (15, 15)
        assert len(await imported(house)) == 30


async def test_other_commands_of_the_council_go_on_between_two_batches(databases: Databases, tmp_path: Path) -> None:
    found = cases(tmp_path, 60)
    begun = asyncio.Event()

    def told() -> Iterator[Line]:
        for number, line in enumerate(found):
            if number == 5:
                begun.set()
            yield line

    async with open_house(SERVICE, databases, tmp_path) as house:
        await settings_heard(house)
        importing = asyncio.create_task(take_in(house.host, SWINDON, RECORDS, told(), at_once=1))
        now = house.host.clock.now()
        context = Context(SWINDON, "officer-1", "social_worker", now, now, uuid4(), uuid4())
        await begun.wait()
        async with house.host.book.unit_of_work(context) as unit:
            (row,) = await unit.record("application-another", [BudgetIndicated(500)])
        assert (await importing).taken == 60
        assert row.position < (await house.host.ledger.head(SWINDON)).position


# --- Nothing is dropped without a word ------------------------------------------------------------------------


def row(path: Path, *changes: Mapping[str, Any]) -> Iterator[Line]:
    """One synthetic case several times over, each time with something else."""
    case = json.loads(next(iter(lines(year(SETTINGS, 2025, 1, most=1)))))
    path.write_text("".join(json.dumps({**case, **change}) + "\n" for change in changes), encoding="utf-8")
    return read_lines(path)


def refusals(report: Report) -> list[tuple[int, list[str]]]:
    return [(one["line"], [failing["code"] for failing in one["failing"]]) for one in report.refused]


async def test_an_id_that_a_file_has_twice_is_refused_whatever_the_batch(databases: Databases, tmp_path: Path) -> None:
    """Two people under one id, batches apart, and one row that stands there twice."""
    other = {"case": "a", "weekly_pence": 1}
    changes = [{"case": "a"}, {"case": "b"}, {"case": "c"}, other, {"case": "d"}, {"case": "b"}]
    async with open_house(SERVICE, databases, tmp_path) as house:
        await settings_heard(house)
        report = await take_in(house.host, SWINDON, RECORDS, row(tmp_path / "a.jsonl", *changes), at_once=2)
        assert report.taken == 4
        assert refusals(report) == [(4, ["CASE_TWICE"]), (6, ["CASE_TWICE"])]
        assert "Line 1 " in report.refused[0]["failing"][0]["sentence"]
        assert "other content" in report.refused[0]["failing"][0]["sentence"]
        assert "the same content" in report.refused[1]["failing"][0]["sentence"]


async def test_other_content_under_an_id_that_the_book_has_is_said(databases: Databases, tmp_path: Path) -> None:
    """Repeated as it was it is passed over, also once the council's settings are others; corrected it is refused."""
    async with open_house(SERVICE, databases, tmp_path) as house:
        await settings_heard(house)
        await take_in(house.host, SWINDON, RECORDS, row(tmp_path / "a.jsonl", {"case": "a"}, {"case": "b"}))
        later = [{"case": "a"}, {"case": "b", "miles": 3.5}, {"case": "c"}]
        report = await take_in(house.host, SWINDON, RECORDS, row(tmp_path / "b.jsonl", *later))
        assert (report.taken, report.already, refusals(report)) == (1, 1, [(2, ["CASE_DIFFERS"])])
        report = await take_in(house.host, SWINDON, RECORDS, row(tmp_path / "b.jsonl", *later), storing=False)
        assert (report.taken, report.already, refusals(report)) == (0, 2, [(2, ["CASE_DIFFERS"])])
        await settings_heard(house, version=2)
        report = await take_in(house.host, SWINDON, RECORDS, row(tmp_path / "b.jsonl", *later))
        assert report.already == 2
        assert refusals(report) == [(2, ["CASE_DIFFERS"])]


async def test_judging_without_storing_says_the_same_and_stores_nothing(databases: Databases, tmp_path: Path) -> None:
    changes = [{"case": "a"}, {"case": "b", "weekly_pence": -1}, {"case": "a"}, {"case": "d", "kind": "NO_KIND"}]
    async with open_house(SERVICE, databases, tmp_path) as house:
        await settings_heard(house)
        before = await house.stored()
        checked = await take_in(house.host, SWINDON, RECORDS, row(tmp_path / "a.jsonl", *changes), storing=False)
        assert await house.stored() == before
        stored = await take_in(house.host, SWINDON, RECORDS, row(tmp_path / "a.jsonl", *changes))
        assert (checked.taken, checked.refused) == (stored.taken, stored.refused) == (1, stored.refused)
        assert refusals(stored) == [(2, ["OUT_OF_RANGE"]), (3, ["CASE_TWICE"]), (4, ["UNKNOWN_KIND"])]


async def test_what_cannot_be_stored_together_is_stored_row_by_row(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row that the database will not have keeps out no other, and is refused without a traceback."""
    async with open_house(SERVICE, databases, tmp_path) as house:
        await settings_heard(house)
        publish, calls = house.host.book.publish, 0

        def refusing(decided: Decided) -> Sequence[Outgoing]:
            nonlocal calls
            calls += 1
            if getattr(decided.event, "reference", "") == "b":
                raise ValueError("Wren Ashdown stands in here")
            return publish(decided)

        monkeypatch.setattr(house.host.book, "publish", refusing)
        changes = [{"case": "a"}, {"case": "b"}, {"case": "c"}]
        report = await take_in(house.host, SWINDON, RECORDS, row(tmp_path / "a.jsonl", *changes))
        assert (report.taken, refusals(report)) == (2, [(2, ["FAULT"])])
        assert "Ashdown" not in str(report.refused)
        assert len(await imported(house)) == 2


async def test_a_database_that_is_away_ends_the_run_and_refuses_nobody(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(SERVICE, databases, tmp_path) as house:
        await settings_heard(house)

        def away(*_: object) -> None:
            raise Busy("away")

        monkeypatch.setattr(house.host.book, "publish", away)
        report = Report()
        with pytest.raises(Busy):
            await take_in(house.host, SWINDON, RECORDS, row(tmp_path / "a.jsonl", {"case": "a"}), report=report)
        assert report.rows == 0


async def test_a_row_about_somebody_who_was_erased_is_refused_alone(databases: Databases, tmp_path: Path) -> None:
    async with open_house(SERVICE, databases, tmp_path) as house:
        await settings_heard(house)
        person = {"id": "p-erased", "name": "A name", "born_on": "2014-05-02"}
        await house.host.vault.meet(SWINDON, ["p-erased"])
        await house.host.vault.destroy(SWINDON, "p-erased")
        found = row(tmp_path / "a.jsonl", {"case": "a", "person": person, "family": [], "voices": []}, {"case": "b"})
        report = await take_in(house.host, SWINDON, RECORDS, found)
        assert report.taken == 1
        assert [number for number, _ in refusals(report)] == [1]

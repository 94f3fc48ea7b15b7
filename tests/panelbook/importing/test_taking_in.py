"""Past cases go in many at once, and what stands in the end is what single commands would have left."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from councils.packs import pack_settings
from ledger.book import rebuild
from ledger.decider import By
from ledger.rows import Context
from panelbook.caseload.year import lines, year
from panelbook.importing.files import Line, read_lines
from panelbook.importing.taking_in import take_in
from services.intake.applications.decider import stream
from services.intake.applications.domain.form_events import BudgetIndicated
from services.intake.imports.domain.past_case import import_case
from services.intake.main import SERVICE
from tests.databases import Databases
from tests.ledger.given import assert_chained
from tests.services.house import SWINDON, open_house
from tests.services.intake.doors import settings_heard

RECORDS = By("officer-ro", "records_officer")
SETTINGS = pack_settings("swindon", version=1, in_force_from=datetime(2025, 1, 1, tzinfo=UTC))

pytestmark = pytest.mark.connected


def cases(folder: Path, count: int) -> list[Line]:
    path = folder / "cases.jsonl"
    path.write_text("".join(line + "\n" for line in lines(year(SETTINGS, 2025, 1, most=count))), encoding="utf-8")
    return list(read_lines(path))


async def test_the_read_models_of_many_cases_at_once_are_those_of_one_event_after_the_other(
    databases: Databases, tmp_path: Path
) -> None:
    """A row that an import writes once is the row that a rebuild writes and then changes event by event."""
    found = cases(tmp_path, 120)
    async with open_house(SERVICE, databases, tmp_path) as house:
        await settings_heard(house)
        report = await take_in(house.host, SWINDON, RECORDS, iter(found), at_once=70)
        assert report.taken == 120
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
        assert len(await house.told()) == 30


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

"""Everything but the rows can be thrown away: dropping every read model and folding again gives equal tables."""

from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
import pytest

from ledger.book import rebuild
from services.intake.expectations.watch import Watch
from services.panel.decisions.alarms import Alarms
from services.record.history.commands import name_copies_again
from tests.databases import Databases
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.intake.papers import PDF
from tests.services.record.town import CHAIR, MANAGER, SERVICE_MANAGER, WORKER, Cases, Town, open_town, play

COUNCILS = (SWINDON, SHROPSHIRE)
NEVER_SENT_FOR = date(2026, 12, 8)

pytestmark = pytest.mark.connected


async def empty_read_models(house: ServiceHouse) -> None:
    """Drop what every table of the schema ``read`` holds, councils' borders or not."""
    connection = await asyncpg.connect(house.database.admin_dsn)
    try:
        tables = await connection.fetch("select format('%I.%I', schemaname, tablename) as name from pg_tables"
                                        " where schemaname = 'read'")  # fmt: skip
        await connection.execute(f"truncate {', '.join(table['name'] for table in tables)}")
    finally:
        await connection.close()


async def more_happens(town: Town, cases: Cases) -> None:
    """What the cases leave out: a task done, further information, a return to the originator, an ended authority."""
    (task,) = (await town.ask("notify", "GET", "tasks", params={"application": cases.second}, **CHAIR)).json()["tasks"]
    informed = [{"party": party, "method": "visit", "on": "2026-10-13"} for party in task["parties"]]
    path = f"tasks/{task['task']}/done"
    owner = {"actor": task["owner"], "role": "social_worker"}
    await town.does("notify", "POST", path, {"informed": informed}, version=task["version"], **owner)
    shown = (await town.ask("intake", "GET", f"applications/{cases.first}", **WORKER)).json()
    given = {"answers": [{"work": shown["further_work"][0]["work"], "text": "Every Saturday."}], "sections": {}}
    path = f"applications/{cases.first}/further-information"
    await town.does("intake", "POST", path, given, version=shown["version"], **WORKER)
    await town.carry()
    shown = (await town.ask("panel", "GET", f"decisions/{cases.first}", **CHAIR)).json()
    path = f"decisions/{cases.first}/return"
    await town.does("panel", "POST", path, {"reasons": ["The costs are not those of the plan."]},
                    version=shown["version"], **CHAIR)  # fmt: skip
    await town.carry()
    await attach(town, cases.first)
    await named_in_error(town, cases.first)
    await never_received(town)
    by = {"actor": "officer-pub", "role": "settings_publisher", "team": "management-team", "council": SHROPSHIRE}
    officers = (await town.ask("routing", "GET", "officers", **{**MANAGER, "council": SHROPSHIRE})).json()["officers"]
    version = next(one["version"] for one in officers if one["officer"] == "officer-pm")
    course = {"course": "PANEL_MEMBER", "completed_on": "2025-10-06", "valid_until": "2026-10-05"}
    await town.does("routing", "POST", "officers/officer-pm/training", course, version=version, **by)
    await town.does("routing", "POST", "officers/officer-pm/authority/end", {}, version=version + 1, **by)
    await town.does("routing", "POST", "settings/1/acknowledgements", {}, **WORKER)
    await at_risk(town)
    await town.carry()
    await town.copy()


async def named_in_error(town: Town, application: str) -> None:
    """The mother is taken out of a family that was handed in."""
    shown = (await town.ask("intake", "GET", f"applications/{application}", **WORKER)).json()
    (mother,) = [one["party"] for one in shown["family"] if one["relationship"] == "parent"]
    reason = {"reason": "A neighbour of the same name was named."}
    path = f"applications/{application}/family/{mother}/removal"
    await town.does("intake", "POST", path, reason, version=shown["version"], **WORKER)


async def at_risk(town: Town) -> None:
    """A decision at a risk to life whose application does not follow."""
    house = town.houses["panel"]
    risk = {"person": "wren", "risk": "He was found on the bridge.", "decision": "A place from tonight."}
    await town.does("panel", "POST", "emergency-decisions", risk, actor="officer-dir", role="director_csw")
    after = datetime(2026, 12, 2, 17, 0, 1, tzinfo=UTC)
    assert await Alarms(house.host.book, lambda: after).round(SWINDON) == 1


async def never_received(town: Town) -> None:
    """A draft from an assessment, with a comment of its manager's, is announced for a sitting and never arrives."""
    house = town.houses["intake"]
    person = {"person": "wren", "name": "Wren", "born_on": "2014-05-02"}
    held = {"person": person, "assessed_on": "2026-09-01", "needs": "A settled home.", "outcomes": "The same school."}
    assessment = (await town.does("intake", "POST", "assessments", held, **WORKER))["id"]
    begun = {
        "kind": "CRISIS",
        "team": WORKER["team"],
        "team_manager": MANAGER["actor"],
        "service": "localities",
        "service_manager": SERVICE_MANAGER["actor"],
    }
    draft = await town.does("intake", "POST", f"assessments/{assessment}/applications", begun, **WORKER)
    path = f"applications/{draft['id']}"
    signed = {"comments": ["Say what the school says."]}
    told = await town.does("intake", "POST", f"{path}/signature", signed, version=draft["version"], **MANAGER)
    expected = {"sitting_on": NEVER_SENT_FOR.isoformat()}
    await town.does("intake", "PUT", f"{path}/expected", expected, version=told["version"], **WORKER)
    after = datetime(2026, 12, 2, 17, 0, 26, tzinfo=UTC)
    assert await Watch(book=house.host.book, now=lambda: after).look(SWINDON) == 1


async def attach(town: Town, application: str) -> None:
    """A file goes as it stands, not as JSON."""
    house = town.houses["intake"]
    version = (await town.ask("intake", "GET", f"applications/{application}", **WORKER)).json()["version"]
    headers = {"Content-Type": "application/pdf", "Panelbook-File-Name": "report.pdf"}
    path = f"/councils/{SWINDON}/applications/{application}/attachments"
    answer = await house.http.post(path, content=PDF, headers={**house.headers(**WORKER, version=version), **headers})
    assert answer.status_code == 201, answer.text


PASSING = {"moved_on"}
"""Held only from one sitting to the next: nothing moves on where every agenda has room."""


async def test_dropping_every_read_model_and_folding_again_gives_equal_tables(
    databases: Databases, tmp_path: Path
) -> None:
    async with open_town(databases, tmp_path) as town:
        await more_happens(town, await play(town))
        for name, house in town.houses.items():
            before = await house.read_models()
            assert before, name
            empty = {table for table, lines in before.items() if not lines}
            assert empty <= PASSING, f"a table of {name} proves nothing"
            await empty_read_models(house)
            assert not any((await house.read_models()).values())
            folded = await rebuild(house.host.book, COUNCILS)
            assert folded == sum([len(await house.stored(council)) for council in COUNCILS])
            if name == "record":
                for council in COUNCILS:
                    await name_copies_again(house.host.book, house.host.pool, council)
            after = await house.read_models()
            assert after.keys() == before.keys()
            for table, lines in before.items():
                assert after[table] == lines, f"{name}: read.{table}"

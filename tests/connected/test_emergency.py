"""A decision at a risk to life waits for nobody, and what does not follow it reaches the director over Kafka."""

from pathlib import Path

import pytest

from deploy.local.backends import Backends
from services.panel.decisions.alarms import Alarms
from tests.connected.wired import open_wired_town
from tests.databases import Databases
from tests.services.house import SWINDON
from tests.services.record.town import CHAIR

pytestmark = pytest.mark.connected

RISK = {"person": "person-1", "risk": "He was found on the bridge again.", "decision": "A place tonight."}
DIRECTOR = {"actor": "officer-dir", "role": "director_csw"}
PUBLISHER = {"actor": "officer-pub", "role": "settings_publisher", "team": "csmt"}


async def test_it_is_decided_while_nothing_is_relayed_and_its_alarm_reaches_the_director(
    databases: Databases, backends: Backends, tmp_path: Path
) -> None:
    """E3, E7: Sunday 18 October 03:00; Kafka and Notify stand still until Monday, when it is overdue at 17:00:01."""
    async with open_wired_town(databases, backends, tmp_path) as town:
        async with town.work(record=False):
            await town.settle_in()
            told = {**DIRECTOR, "officer": "officer-dir", "team": "csmt", "service": None, "name": "The Director"}
            told["email"] = f"{told.pop('actor')}@council.example"
            await town.does("routing", "POST", "officers", told, **PUBLISHER)
            await town.carry()
        town.clock_to("2026-10-18T02:00:00Z")
        decided = await town.does("panel", "POST", "emergency-decisions", RISK, **DIRECTOR)
        assert decided["application_due_at"] == "2026-10-19T16:00:00Z"
        house = town.houses["panel"]
        alarms = Alarms(house.host.book, house.clock.now)
        assert await alarms.round(SWINDON) == 0
        town.clock_to("2026-10-19T16:00:01Z")
        assert await alarms.round(SWINDON) == 1
        async with town.work(record=False):
            await town.carry()
        messages = (await town.ask("notify", "GET", "messages", **CHAIR)).json()["messages"]
        assert [(one["letter"], one["officer"]) for one in messages] == [("out_of_panel_overdue", "officer-dir")]
        intake = await town.ask("intake", "GET", f"applications/{decided['application']}", **CHAIR)
        assert intake.status_code == 404, "nothing was begun by itself"

"""A revocation that is on its way while its officer decides: found over Kafka, told to the director, on the trail."""

from datetime import timedelta
from pathlib import Path

import pytest

from deploy.local.backends import Backends
from tests.connected.wired import open_wired_town
from tests.databases import Databases
from tests.services.house import SHROPSHIRE
from tests.services.record.town import PRACTICE_MANAGER, Said

pytestmark = pytest.mark.connected

PUBLISHER: Said = {
    "actor": "officer-pub",
    "role": "settings_publisher",
    "team": "management-team",
    "council": SHROPSHIRE,
}
HEAD = "officer-hos"


async def test_what_was_decided_while_the_revocation_was_on_its_way_is_to_be_ratified(
    databases: Databases, backends: Backends, tmp_path: Path
) -> None:
    """A6: nothing is relayed while routing ends the authority and the practice manager then decides."""
    async with open_wired_town(databases, backends, tmp_path) as town:
        async with town.work():
            await town.settle_in()
            head = {"officer": HEAD, "role": "head_of_service", "team": "adults", "service": None, "name": "The Head"}
            await town.does("routing", "POST", "officers", {**head, "email": f"{HEAD}@council.example"}, **PUBLISHER)
            plan = await town.planned("Marguerite")
        officers = (await town.ask("routing", "GET", "officers", **PUBLISHER)).json()["officers"]
        version = next(one["version"] for one in officers if one["officer"] == PRACTICE_MANAGER["actor"])
        path = f"officers/{PRACTICE_MANAGER['actor']}/authority/end"
        await town.does("routing", "POST", path, {}, version=version, **PUBLISHER)
        town.record.clock.advance(timedelta(seconds=1))
        by: Said = {**PRACTICE_MANAGER, "council": SHROPSHIRE}
        case = (await town.ask("panel", "GET", f"decisions/{plan}", **by)).json()
        path = f"decisions/{plan}/delegated-decision"
        decided = await town.does("panel", "POST", path, {"outcome": "AGREED"}, version=case["version"], **by)
        async with town.work():
            await town.carry()
        (listed,) = (await town.ask("panel", "GET", "out-of-panel-decisions", **by)).json()["decisions"]
        assert (listed["decision"], listed["basis"], listed["outcome"]) == (decided["decision"], "DELEGATED", "waiting")
        assert (await town.ask("panel", "GET", f"decisions/{plan}", **by)).json()["stage"] == "agreed"
        messages = (await town.ask("notify", "GET", "messages", **by)).json()["messages"]
        told = [one["officer"] for one in messages if one["letter"] == "authority_conflict"]
        assert told == [HEAD]
        names = [row.name for row in await town.houses["panel"].stored(SHROPSHIRE)]
        assert names.count("panel.decision.authority_conflict_found") == 1
        town.record.clock.advance(timedelta(seconds=1))
        await town.copy()
        history = (await town.history(plan, council=SHROPSHIRE)).json()
        assert "panel.decision.authority_conflict_found" in [entry["name"] for entry in history["entries"]]

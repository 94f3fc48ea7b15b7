"""What routing decides as panel takes it: what is on the Care Panel's agenda and what is not (A10, A11, A16)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from ledger.vault.vault import MemoryVault
from services.panel.main import SERVICE as PANEL
from services.routing.main import SERVICE as ROUTING
from tests.databases import Databases
from tests.services.house import ServiceHouse, open_house
from tests.services.panel.doors import SITTING, by_administrator
from tests.services.panel.doors import get as ask_panel
from tests.services.routing.doors import APPLICATION, SUBMITTED, Said, code, excepts, publish, resources, swindons


@dataclass
class Pair:
    """Routing and panel beside each other, with a Care Panel scheduled on 13 October."""

    routing: ServiceHouse
    panel: ServiceHouse
    carried: int = 0

    async def carry(self) -> None:
        """Let panel hear what routing told since."""
        told = await self.routing.told()
        for type_, _, data in told[self.carried :]:
            await self.panel.hear(type_, data)
        self.carried = len(told)

    async def submits(self, submission: Said) -> None:
        """Both hear of a submission, as from Kafka."""
        await self.routing.hear(SUBMITTED, submission)
        await self.panel.hear(SUBMITTED, submission)
        await self.carry()

    async def slot(self) -> httpx.Response:
        """The administrator gives it a slot on the Care Panel's agenda."""
        slot = {"application": APPLICATION, "minutes": 15, "place": "Room 4"}
        version = (await ask_panel(self.panel, f"sittings/{SITTING}")).json()["version"]
        return await by_administrator(self.panel, f"sittings/{SITTING}/slots", slot, version=version)

    async def agenda(self) -> list[str]:
        """The applications on the Care Panel's agenda."""
        return [one["application"] for one in (await ask_panel(self.panel, f"sittings/{SITTING}")).json()["agenda"]]

    async def excepted(self) -> None:
        """The Director grants the exception, and panel hears of it."""
        answer = await excepts(self.routing)
        assert answer.status_code == 200, answer.text
        await self.carry()


@pytest.fixture
async def pair(databases: Databases, tmp_path: Path) -> AsyncIterator[Pair]:
    vault = MemoryVault()
    async with (
        open_house(ROUTING, databases, tmp_path, vault=vault) as routing,
        open_house(PANEL, databases, tmp_path, vault=vault) as panel,
    ):
        pair = Pair(routing, panel)
        await publish(routing, council="c4d81e")
        await pair.carry()
        routing.clock.set("2026-10-05T09:00:00Z")
        await by_administrator(panel, "sittings", {"forum": "CARE_PANEL", "on": "2026-10-13"})
        yield pair


async def test_a_crisis_of_complex_health_stands_on_no_agenda_of_the_care_panel(pair: Pair) -> None:
    """A11."""
    crisis = {"kind": "CRISIS", "section": "20", "disability_team": True, "complex_health": True, "weekly_pence": 0}
    await pair.submits(swindons(**crisis))
    assert code(await pair.slot()) == (422, "OTHER_FORUM")
    assert await pair.agenda() == []


async def test_what_is_not_funded_has_a_slot_once_the_director_agreed(pair: Pair) -> None:
    """A10: day care at £500.00."""
    await pair.submits(swindons(**resources(("DAY_CARE", 50_000)), within=["HIGH_LEVEL_FAMILY_SUPPORT"]))
    assert code(await pair.slot()) == (422, "OTHER_FORUM")
    await pair.excepted()
    answer = await pair.slot()
    assert answer.status_code == 200, answer.text
    assert await pair.agenda() == [APPLICATION]


async def test_what_the_director_spares_the_panel_leaves_its_agenda(pair: Pair) -> None:
    """A16: £200.00 on no list, with a slot already."""
    await pair.submits(swindons(kind="OTHER", weekly_pence=20_000))
    assert (await pair.slot()).status_code == 200
    await pair.excepted()
    assert await pair.agenda() == []
    assert code(await pair.slot()) == (422, "OTHER_FORUM")

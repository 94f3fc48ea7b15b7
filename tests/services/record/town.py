"""A town: five services over real PostgreSQL, carried from one to the other as Kafka would, with cases to look at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import asyncpg
import httpx

from councils.packs import load_pack
from ledger.decider import Waiting
from ledger.rows import ACCESS, BOOK, Row
from ledger.vault.vault import MemoryVault
from services.intake.main import SERVICE as INTAKE
from services.notify.main import SERVICE as NOTIFY
from services.panel.main import SERVICE as PANEL
from services.record.history.read import enter
from services.record.main import SERVICE as RECORD
from services.routing.main import SERVICE as ROUTING
from tests.databases import Databases
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse, open_house

Said = dict[str, Any]

SERVICES = (INTAKE, ROUTING, PANEL, NOTIFY, RECORD)
TUESDAY, NEXT_TUESDAY = "2026-10-13", "2026-10-20"
SECTIONS = ("needs", "outcomes", "plan", "analysis", "parenting_capacity", "consequence")
PLACEMENT = {"resource": "PLACEMENT", "weekly_pence": 65_000}
LISTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("actions", {"actions": [{"action": "Therapy.", "owner": "Fostering", "due_on": "2026-11-02",
                              "review_on": "2026-12-08"}]}),
    ("family-agreement", {"agreed": True}),
    ("options-tried", {"options": [{"option": "An aunt.", "why_unsuitable": "Two hours away."}]}),
    ("other-funding", {"sources": []}),
)  # fmt: skip

WORKER: Said = {"actor": "officer-sw", "role": "social_worker", "team": "locality-2"}
MANAGER: Said = {"actor": "officer-tm", "role": "team_manager", "team": "locality-2"}
SERVICE_MANAGER: Said = {"actor": "officer-sm", "role": "service_manager", "service": "localities"}
ADMINISTRATOR: Said = {"actor": "officer-pa", "role": "panel_administrator"}
CHAIR: Said = {"actor": "officer-ch", "role": "chair"}
PRACTICE_MANAGER: Said = {"actor": "officer-pm", "role": "practice_manager", "team": "north-practice"}
COMPLAINTS: Said = {"actor": "officer-co", "role": "complaints_officer"}
PRESENT = [{"member": f"member-{n}", "kind": kind} for n, kind in enumerate(("social_work", "finance", "health"))]

PUBLISHERS = {SWINDON: ("swindon", "csmt"), SHROPSHIRE: ("shropshire", "management-team")}


@dataclass
class Town:
    """Five houses with one clock and one vault. Nothing travels until it is carried or copied."""

    houses: dict[str, ServiceHouse]
    _carried: dict[tuple[str, str, str], int] = field(default_factory=dict[tuple[str, str, str], int])
    _versions: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def record(self) -> ServiceHouse:
        """The house of the record."""
        return self.houses["record"]

    @property
    def vault(self) -> MemoryVault:
        """The vault that all five share."""
        return cast(MemoryVault, self.record.host.vault)

    def clock_to(self, moment: str) -> None:
        """Turn the one clock forward."""
        self.record.clock.set(moment)

    async def ask(
        self,
        service: str,
        method: str,
        path: str,
        body: Any = None,
        /,
        *,
        council: str = SWINDON,
        params: dict[str, str] | None = None,
        **by: Any,
    ) -> httpx.Response:
        """One request of somebody to one service."""
        house = self.houses[service]
        headers = house.headers(**{"council": council, **by})
        path = f"/councils/{council}/{path}"
        return await house.http.request(method, path, json=body, headers=headers, params=params)

    async def does(self, service: str, method: str, path: str, body: Any = None, /, **by: Any) -> Said:
        """One command that must succeed; its answer."""
        answer = await self.ask(service, method, path, body, **by)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json()

    async def carry(self) -> None:
        """Let every service hear what the others told, in order, until nothing is left."""
        moved = True
        waiting: set[str] = set()
        while moved:
            moved, waiting = False, set()
            for listener in SERVICES:
                for source in (topic.partition(".")[0] for topic in listener.hears if topic.endswith(".events")):
                    for council in PUBLISHERS:
                        try:
                            moved = await self._carry(listener.name, source, council) or moved
                        except Waiting as problem:
                            waiting.add(f"{listener.name}: {problem}")
        assert not waiting

    async def _carry(self, listener: str, source: str, council: str) -> bool:
        place = (listener, source, council)
        told = await self.houses[source].told(council)
        already = self._carried.get(place, 0)
        for type_, _, data in told[already:]:
            await self.houses[listener].hear(type_, data, council=council)
            self._carried[place] = self._carried.get(place, 0) + 1
        return len(told) > already

    async def copy(self, *, leave_out: str = "") -> None:
        """Give record every row of every service, then each one's mark; ``leave_out`` makes no mark."""
        for name, house in self.houses.items():
            marks = {} if name == leave_out else {m.council: m for m in await house.host.ledger.mark(house.clock.now())}
            for council in PUBLISHERS:
                rows = [row async for row in house.host.ledger.every_row(council, BOOK)]
                rows += [row async for row in house.host.ledger.every_row(council, ACCESS)]
                await self.keep(council, name, rows, [marks[council]] if council in marks else [])

    async def keep(self, council: str, service: str, rows: list[Row], marks: list[Any]) -> None:
        """What record's reader of trails does with one batch."""
        pool = self.record.host.pool
        async with pool.acquire() as proxy, proxy.transaction():
            # The pool hands out a proxy with every method of a connection.
            connection = cast(asyncpg.Connection, proxy)
            await enter(connection, council)
            assert RECORD.keep is not None
            await RECORD.keep(connection, council, service, rows, marks)

    async def history(
        self, application: str, as_at: str | None = None, *, council: str = SWINDON, **by: Any
    ) -> httpx.Response:
        """A complaints officer asks for one case."""
        params = {"as_at": as_at} if as_at else None
        path = f"applications/{application}/history"
        return await self.ask("record", "GET", path, council=council, params=params, **{**COMPLAINTS, **by})

    # The cases ------------------------------------------------------------------------------------------------

    async def settle_in(self) -> None:
        """Both councils publish their settings and appoint who is written to."""
        self.clock_to("2026-10-05T08:00:00Z")
        for house in self.houses.values():
            for council in PUBLISHERS:
                await house.host.ledger.enlist(council)
        for council, (slug, team) in PUBLISHERS.items():
            by: Said = {"actor": "officer-pub", "role": "settings_publisher", "team": team, "council": council}
            body = {"settings": load_pack(slug), "in_force_from": "2026-10-05T08:15:00Z"}
            await self.does("routing", "POST", "settings", body, **by)
            for officer in (WORKER, MANAGER, SERVICE_MANAGER, PRACTICE_MANAGER, COMPLAINTS):
                name = officer["actor"]
                told = {"service": None, **officer, "officer": name, "name": f"Name of {name}"}
                told["email"] = f"{told.pop('actor')}@council.example"
                appointed = await self.does("routing", "POST", "officers", told, **by)
                if officer is PRACTICE_MANAGER and council == SHROPSHIRE:
                    limit = {"limit_weekly_pence": 100_000, "from_at": "2026-10-05T08:00:00Z", "until_at": None}
                    path = f"officers/{officer['actor']}/authority"
                    await self.does("routing", "POST", path, limit, version=appointed["version"], **by)
        self.clock_to("2026-10-06T09:00:00Z")
        await self.carry()

    async def submitted(self, name: str) -> str:
        """A child's placement, complete and submitted for the Tuesday."""
        child, mother = f"{name}-child", f"{name}-mother"
        start = {
            "kind": "LOOKED_AFTER",
            "person": {"person": child, "name": f"{name} the child", "born_on": "2014-05-02", "contact_email": None},
            "team": "locality-2",
            "team_manager": MANAGER["actor"],
            "service": "localities",
            "service_manager": SERVICE_MANAGER["actor"],
            "family": [
                {"party": child, "relationship": "child", "name": f"{name} the child"},
                {"party": mother, "relationship": "parent", "name": f"{name}'s mother",
                 "has_parental_responsibility": True},
            ],
        }  # fmt: skip
        application = (await self.does("intake", "POST", "applications", start, **WORKER))["id"]
        steps: list[tuple[str, str, Said, Said]] = [
            ("POST", "indicative-budget", {"weekly_pence": 61_000}, WORKER),
            *(("PUT", f"sections/{section}", {"text": f"{name}: {section}."}, WORKER) for section in SECTIONS),
            ("PUT", "costs", {"weekly_pence": 65_000, "resources": [PLACEMENT]}, WORKER),
            *(("PUT", path, body, WORKER) for path, body in LISTS),
            ("PUT", f"voices/{child}",
             {"views": f"{name} wants to stay.", "age_years": 12, "understanding": f"{name} understands."}, WORKER),
            ("PUT", f"voices/{mother}", {"views": f"{name} shall stay."}, WORKER),
            ("POST", "signature", {"comments": []}, MANAGER),
            ("POST", "agreement", {}, SERVICE_MANAGER),
            ("POST", "submission", {"sitting_on": TUESDAY}, WORKER),
        ]  # fmt: skip
        version = 1
        for method, path, body, by in steps:
            path = f"applications/{application}/{path}"
            version = (await self.does("intake", method, path, body, version=version, **by))["version"]
        await self.carry()
        return application

    async def planned(self, name: str) -> str:
        """An adult's plan in Shropshire, under the limit and submitted."""
        worker: Said = {"actor": "officer-sw", "role": "social_worker", "team": "north-practice", "council": SHROPSHIRE}
        person = f"{name}-person"
        start = {
            "kind": "SUPPORT_PLAN",
            "person": {
                "person": person,
                "name": name,
                "born_on": "1948-03-14",
                "contact_email": f"{name}@home.example",
            },
            "team": "north-practice",
            "team_manager": PRACTICE_MANAGER["actor"],
            "service": "adults",
            "service_manager": SERVICE_MANAGER["actor"],
            "family": [{"party": person, "relationship": "person", "name": name}],
        }
        application = (await self.does("intake", "POST", "applications", start, **worker))["id"]
        steps: list[tuple[str, str, Said]] = [
            ("POST", "indicative-budget", {"weekly_pence": 95_000}),
            ("PUT", "costs", {"weekly_pence": 99_999, "one_off_pence": 0}),
            *(("PUT", f"sections/{section}", {"text": f"{name}: {section}."}) for section in SECTIONS[:3]),
            ("PUT", f"voices/{person}", {"views": f"{name} wants to stay at home."}),
            ("POST", "submission", {"sitting_on": None}),
        ]
        version = 1
        for method, path, body in steps:
            path = f"applications/{application}/{path}"
            version = (await self.does("intake", method, path, body, version=version, **worker))["version"]
        await self.carry()
        return application

    async def decided_alone(self, application: str, **decision: Any) -> None:
        """The practice manager of Shropshire decides within their authority."""
        by: Said = {**PRACTICE_MANAGER, "council": SHROPSHIRE}
        shown = await self.ask("panel", "GET", f"decisions/{application}", **by)
        path, version = f"decisions/{application}/delegated-decision", shown.json()["version"]
        await self.does("panel", "POST", path, decision, version=version, **by)
        await self.carry()

    async def sitting(self, on: str, *applications: str) -> str:
        """A sitting with these applications on its agenda, not opened yet."""
        scheduled = await self.does("panel", "POST", "sittings", {"forum": "CARE_PANEL", "on": on}, **ADMINISTRATOR)
        sitting, version = scheduled["id"], scheduled["version"]
        for application in applications:
            body = {"application": application, "minutes": 10, "place": "Room 3"}
            told = await self.does("panel", "POST", f"sittings/{sitting}/slots", body, version=version, **ADMINISTRATOR)
            version = told["version"]
        self._versions[sitting] = version
        await self.carry()
        return sitting

    async def chairs(self, sitting: str, path: str, body: Said | None = None) -> None:
        """One thing that the chair does with a sitting."""
        path = f"sittings/{sitting}/{path}"
        told = await self.does("panel", "POST", path, body or {}, version=self._versions[sitting], **CHAIR)
        self._versions[sitting] = told["version"]

    async def opened(self, sitting: str, on: str) -> None:
        """Ten o'clock in London on the day: the chair opens the sitting before a quorum."""
        self.clock_to(f"{on}T09:00:00Z")
        await self.chairs(sitting, "opening", {"present": [*PRESENT, {"member": "officer-ch", "kind": "education"}]})

    async def heard(self, sitting: str, application: str, **decision: Any) -> None:
        """The panel hears an application and decides it."""
        await self.chairs(sitting, f"items/{application}/opening")
        self.record.clock.advance(timedelta(minutes=10))
        shown = await self.ask("panel", "GET", f"decisions/{application}", **CHAIR)
        path, version = f"decisions/{application}/panel-decision", shown.json()["version"]
        await self.does("panel", "POST", path, {"sitting": sitting, **decision}, version=version, **CHAIR)
        await self.chairs(sitting, f"items/{application}/closing")
        await self.carry()

    async def closed(self, sitting: str) -> None:
        """The chair ends the sitting and signs its minutes."""
        await self.chairs(sitting, "closing")
        await self.chairs(sitting, "minutes/signature")

    async def disagreement(self, application: str, **changes: Any) -> httpx.Response:
        """A mother disagrees, and a worker records it."""
        body = {
            "application": application,
            "from_party": "Rowan-mother",
            "relationship": "parent",
            "received_on": "2026-10-13",
            "words": "Nobody asked me about Sundays.",
            **changes,
        }
        return await self.ask("record", "POST", "disagreements", body, **WORKER)


DEFERRED = {
    "outcome": "DEFERRED",
    "reasons": ["The panel could not see how contact would be kept."],
    "further_work": [
        {"owner": "officer-sw", "due_at": "2026-10-14T16:00:00Z", "text": "Agree a written contact plan."}
    ],
    "next_sitting_on": NEXT_TUESDAY,
}
REFUSAL = "The plan does not say who comes at night."
NEEDED = "A plan for the nights, with somebody named."
AGREED = {"outcome": "AGREED", "reasons": ["The plan answers every question."], "review_on": "2026-12-08"}


@dataclass(frozen=True)
class Cases:
    """Two cases of one sitting, what became of the first, and a plan in another council."""

    first: str
    second: str
    plan: str
    sitting: str
    complaint: str


async def play(town: Town) -> Cases:
    """Two applications on one sitting: the first deferred and disagreed with, the second agreed; and Shropshire's plan.

    Everything is copied at the end, and complete up to two o'clock (UTC) on the sitting's day.
    """
    await town.settle_in()
    first = await town.submitted("Rowan")
    second = await town.submitted("Wren")
    plan = await town.planned("Marguerite")
    await town.decided_alone(plan, outcome="NOT_AGREED", reasons=[REFUSAL], needed=[NEEDED])
    town.clock_to("2026-10-08T09:00:00Z")
    sitting = await town.sitting(TUESDAY, first, second)
    await town.opened(sitting, TUESDAY)
    await town.heard(sitting, first, **DEFERRED)
    await town.heard(sitting, second, **AGREED)
    town.clock_to("2026-10-13T13:00:00Z")
    await town.closed(sitting)
    await town.copy()
    answer = await town.disagreement(first)
    assert answer.status_code == 201, answer.text
    await town.carry()
    town.clock_to("2026-10-13T14:00:00Z")
    await town.copy()
    return Cases(first, second, plan, sitting, answer.json()["id"])


@asynccontextmanager
async def open_town(databases: Databases, folder: Path) -> AsyncIterator[Town]:
    """All five services, gone on leaving."""
    vault = MemoryVault()
    async with (
        open_house(INTAKE, databases, folder, vault=vault) as intake,
        open_house(ROUTING, databases, folder, vault=vault) as routing,
        open_house(PANEL, databases, folder, vault=vault) as panel,
        open_house(NOTIFY, databases, folder, vault=vault) as notify,
        open_house(RECORD, databases, folder, vault=vault) as record,
    ):
        yield Town({"intake": intake, "routing": routing, "panel": panel, "notify": notify, "record": record})

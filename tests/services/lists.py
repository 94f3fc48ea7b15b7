"""Many entries for each list, as projections ask for them, and a list read page by page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import asyncpg

from ledger.changes import Write
from ledger.pg.applying import run_changes
from ledger.pg.commit import council_transaction
from services.intake.applications.read import APPLICATION
from services.notify.letters.read import APPLICATION as KNOWN
from services.notify.messages.read import MESSAGE
from services.notify.tasks.read import TASK
from services.panel.decisions.read import DECISION, OUT_OF_PANEL
from services.panel.known.read import SUBMISSION
from services.panel.sittings.read import SITTING
from services.record.complaints.read import COMPLAINT
from services.routing.officers.read import OFFICER
from tests.services.house import SWINDON, ServiceHouse

BEGUN = datetime(2026, 1, 5, 9, tzinfo=UTC)
EVERY = timedelta(minutes=7)
TEAMS = ("localities-north", "localities-south", "adults-east")


def named(number: int) -> UUID:
    """An id whose order is another than that of the numbers."""
    return UUID(int=(number * 2_654_435_761) % 2**64)


def moment(number: int) -> datetime:
    """A moment that three entries share."""
    return BEGUN + EVERY * (number // 3)


def application(number: int) -> list[Write]:
    return [
        APPLICATION.row(str(named(number))).insert(
            kind=("PLACEMENT_MOVE", "DAY_CARE")[number % 2],
            stage=("draft", "submitted")[number % 2],
            person="party-1",
            person_name={},
            born_on={},
            originator=f"officer-{number % 5}",
            team=TEAMS[number % 3],
            team_manager="officer-tm",
            service="localities",
            service_manager="officer-sm",
            family=[],
            started_at=moment(number),
            version=1,
        )
    ]


def message(number: int) -> list[Write]:
    return [
        MESSAGE.row(str(named(number))).insert(
            letter="DECISION",
            application=str(named(number % 40)),
            officer=f"officer-{number % 5}",
            state=("wanted", "sent")[number % 2],
            attempts=0,
            due_at=moment(number),
            wanted_at=moment(number),
        ),
        KNOWN.row(str(named(number % 40))).put(**_whose(number % 40)),
    ]


def task(number: int) -> list[Write]:
    return [
        TASK.row(str(named(number))).insert(
            kind="INFORM_FAMILY",
            application=str(named(number % 40)),
            decision=str(named(number)),
            owner=f"officer-{number % 5}",
            parties=[],
            state=("open", "done")[number % 2],
            opened_at=moment(number),
            informed=[],
            version=1,
        ),
        KNOWN.row(str(named(number % 40))).put(**_whose(number % 40)),
    ]


def complaint(number: int) -> list[Write]:
    return [
        COMPLAINT.row(str(named(number))).insert(
            application=str(named(number % 40)),
            stage=("STAGE_ONE", "STAGE_TWO")[number % 2],
            state="open",
            received_on=moment(number).date(),
            due_on=moment(number).date(),
            relationship="parent",
            from_party="party-1",
            words={},
            recorded_by="officer-1",
            version=1,
        )
    ]


def sitting(number: int) -> list[Write]:
    return [
        SITTING.row(named(number)).insert(
            forum="CARE_PANEL",
            sitting_on=moment(number).date(),
            starts_at=moment(number),
            ends_at=moment(number) + EVERY,
            minutes=180,
            cut_off_at=moment(number),
            core_members=[],
            settings_version=1,
            stage=("scheduled", "closed")[number % 2],
            present=[],
            version=1,
        )
    ]


def decision(number: int) -> list[Write]:
    return [
        DECISION.row(named(number)).insert(
            stage=("waiting", "agreed")[number % 2],
            kind="PLACEMENT_MOVE",
            weekly_pence=1,
            one_off_pence=0,
            indicative_weekly_pence=1,
            complex=False,
            distinctive=False,
            received_at=moment(number),
            times_submitted=1,
            person={},
            originator=f"officer-{number % 5}",
            team_manager="officer-tm",
            service_manager="officer-sm",
            route={"route": "PANEL", "forum": "CARE_PANEL"},
            version=1,
        ),
        SUBMISSION.row(named(number)).put(data=_whose(number)),
    ]


def out_of_panel(number: int) -> list[Write]:
    return [
        OUT_OF_PANEL.row(named(number)).insert(
            application=named(number % 40),
            person="party-1",
            basis=("EMERGENCY", "SHORT_PERIOD")[number % 2],
            grounds=[],
            decided_by=f"officer-{number % 5}",
            decided_role="director_csw",
            decided_at=moment(number),
            warned=[],
            outcome=("waiting", "ratified")[number % 2],
            reasons=[],
            needed=[],
            version=1,
        ),
        SUBMISSION.row(named(number % 40)).put(data=_whose(number % 40)),
    ]


def officer(number: int) -> list[Write]:
    return [
        OFFICER.row(f"officer-{named(number)}").insert(
            role=("team_manager", "member")[number % 2],
            team=TEAMS[number % 3],
            service="localities",
            name={},
            email={},
            version=1,
        )
    ]


def _whose(number: int) -> dict[str, str]:
    return {
        "originator": f"officer-{number % 5}",
        "team": TEAMS[number % 3],
        "team_manager": "officer-tm",
        "service": "localities",
        "service_manager": "officer-sm",
    }


@dataclass(frozen=True)
class Of:
    """One list: its service, address and member, how an entry is named, entries for it, and by what it is narrowed."""

    service: str
    path: str
    member: str
    id: str
    entry: Callable[[int], list[Write]]
    narrowed: dict[str, str]
    newest_first: bool = True

    def order(self, number: int) -> tuple[Any, ...]:
        """What the list is ordered by."""
        at, name = moment(number), str(named(number))
        match self.path:
            case "tasks":
                return number % 2, at, name
            case "complaints":
                return at.date(), name
            case "officers":
                return (f"officer-{name}",)
            case _:
                return at, name

    def ids(self, numbers: list[int]) -> list[str]:
        """The ids of some entries in the order of the list."""
        placed = sorted(numbers, key=self.order, reverse=self.newest_first)
        return [f"officer-{named(number)}" if self.path == "officers" else str(named(number)) for number in placed]


LISTS = (
    Of("intake", "applications", "applications", "application", application,
       {"stage": "draft", "kind": "DAY_CARE", "team": TEAMS[1], "from": "2026-01-06", "originator": "officer-3"}),
    Of("panel", "decisions", "decisions", "application", decision,
       {"stage": "waiting", "team": TEAMS[1], "to": "2026-01-06", "forum": "CARE_PANEL", "kind": "PLACEMENT_MOVE"}),
    Of("panel", "sittings", "sittings", "sitting", sitting,
       {"stage": "closed", "forum": "CARE_PANEL", "from": "2026-01-06"}),
    Of("panel", "out-of-panel-decisions", "decisions", "decision", out_of_panel,
       {"outcome": "waiting", "team": TEAMS[1], "basis": "EMERGENCY"}),
    Of("notify", "messages", "messages", "message", message,
       {"state": "sent", "officer": "officer-3", "team": TEAMS[1], "letter": "DECISION"}),
    Of("notify", "tasks", "tasks", "task", task,
       {"state": "open", "owner": "officer-3", "team": TEAMS[1], "kind": "INFORM_FAMILY"}, newest_first=False),
    Of("record", "complaints", "complaints", "complaint", complaint,
       {"stage": "STAGE_TWO", "state": "open", "to": "2026-01-06"}, newest_first=False),
    Of("routing", "officers", "officers", "officer", officer,
       {"role": "member", "team": TEAMS[1], "service": "localities"}, newest_first=False),
)  # fmt: skip
"""The principal lists: eight of five services."""


async def filled(house: ServiceHouse, entry: Callable[[int], list[Write]], numbers: list[int]) -> None:
    """Put entries into a council's read models, as a projection would."""
    async with council_transaction(house.host.pool, SWINDON) as connection:
        await run_changes(
            cast(asyncpg.Connection, connection), SWINDON, [write for number in numbers for write in entry(number)]
        )


async def pages(house: ServiceHouse, path: str, headers: dict[str, str], **asked: str) -> list[dict[str, Any]]:
    """Every page of a list, one behind the other."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await house.http.get(f"/councils/{SWINDON}/{path}", params=asked | cursor, headers=headers)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        if found[-1]["next"] is None:
            assert "Link" not in answer.headers
            return found
        cursor = {"cursor": found[-1]["next"]}

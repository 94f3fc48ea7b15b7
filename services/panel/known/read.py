"""What panel keeps of what it hears: settings, officers and their authority, submissions, and families' complaints."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from councils.settings import Limit
from edge.need_to_know import PANEL
from edge.need_to_know import Case as NeedToKnow
from ledger.changes import Change, Statement, Table
from ledger.codec.sealed import from_sealed_json
from ledger.decider import Private
from ledger.recorded import Heard
from ledger.store import Reader
from services import officers, settings
from services.panel.known.domain.case import Case, Concerned, FamilyMember, Route

AUTHORITY = Table("read.authority", key=("officer",))
SUBMISSION = Table("read.submission", key=("application",))
DRAFT = Table("read.draft", key=("application",))
CHALLENGE = Table("read.challenge", key=("complaint",))


def changes(heard: Heard) -> list[Change]:
    """What one heard event changes."""
    data = heard.data
    match heard.type:
        case settings.PUBLISHED:
            return settings.heard(heard)
        case officers.APPOINTED:
            return officers.heard(heard)
        case "uk.panelbook.routing.officer.authority_granted.v1":
            return [
                AUTHORITY.row(data["officer"]).put(
                    limit_weekly_pence=data["limit_weekly_pence"],
                    from_at=datetime.fromisoformat(data["from_at"]),
                    until_at=datetime.fromisoformat(data["until_at"]) if data["until_at"] else None,
                    limit_one_off_pence=data.get("limit_one_off_pence"),
                    limit_yearly_pence=data.get("limit_yearly_pence"),
                )
            ]
        case "uk.panelbook.routing.officer.authority_ended.v1":
            return [
                Statement(
                    (AUTHORITY,),
                    "update read.authority set until_at = least(until_at, $3) where council = $1 and officer = $2",
                    (data["officer"], datetime.fromisoformat(data["ended_at"])),
                    because="an authority that was granted for less time ends then",
                )
            ]
        case "uk.panelbook.intake.application.started.v1":
            return [DRAFT.row(UUID(data["application"])).put(originator=data["originator"])]
        case "uk.panelbook.intake.application.submitted.v1":
            received_at = datetime.fromisoformat(data["received_at"])
            return [SUBMISSION.row(UUID(data["application"])).put(data=data, waiting_since=received_at)]
        case "uk.panelbook.intake.application.family_member_taken_out.v1":
            return [_taken_out(UUID(data["application"]), data["party"])]
        case "uk.panelbook.record.complaint.opened.v1":
            return [
                CHALLENGE.row(data["complaint"]).insert(
                    application=data["application"],
                    stage=data["stage"],
                    received_on=date.fromisoformat(data["received_on"]),
                )
            ]
        case _:
            return []


def _taken_out(application: UUID, party: str) -> Change:
    return Statement(
        (SUBMISSION,),
        "update read.submission set data = jsonb_set(data, '{family}', (select coalesce(jsonb_agg(member"
        " order by place), '[]') from jsonb_array_elements(data -> 'family') with ordinality as listed(member, place)"
        " where member ->> 'party' <> $3)) where council = $1 and application = $2",
        (application, party),
        because="a family is one list, and the event names one member of it",
    )


async def originator_of(reader: Reader, application: UUID) -> str | None:
    """Who began an application, or None where this service has heard of no draft of it."""
    found = await reader.fetch("select originator from read.draft where council = $1 and application = $2", application)
    return found[0]["originator"] if found else None


async def limit_of(reader: Reader, officer: str, at: datetime) -> Limit | None:
    """Up to how much an officer may decide alone at a moment, or None without any authority."""
    found = await reader.fetch(
        "select limit_weekly_pence as weekly_pence, limit_yearly_pence as yearly_pence,"
        " limit_one_off_pence as one_off_pence from read.authority"
        " where council = $1 and officer = $2 and from_at <= $3 and (until_at is null or until_at > $3)",
        officer,
        at,
    )
    return Limit(**dict(found[0])) if found else None


async def submitted(reader: Reader, application: UUID) -> tuple[Case, Concerned] | None:
    """The newest submission heard of an application."""
    found = await reader.fetch("select data from read.submission where council = $1 and application = $2", application)
    return (_case(found[0]["data"]), _concerned(found[0]["data"])) if found else None


async def case_of(reader: Reader, application: UUID, at: datetime) -> NeedToKnow:
    """Who needs to know of an application at a moment; of one that is not here, nobody does.

    It names whoever decided, advised or chairs it and waits on whoever writes a section of it or may decide it alone.
    Until a sitting on whose agenda it stands has opened, it waits on whoever sits on that forum: as nobody is appointed
    to one yet, those are everybody who sits on panels here where the council has no other forum, else who was at a
    sitting of it before. From then on its members are those present, until the minutes are signed. What an alarm was
    raised about was escalated.
    """
    (found,) = await reader.fetch(
        "select (select data from read.submission said where said.council = $1 and said.application = $2) as said,"
        " array(select made->>'decided_by' from read.decision decision, jsonb_array_elements(decisions) as made"
        "  where decision.council = $1 and decision.application = $2 and made->>'decided_by' is not null"
        "  union select decided_by from read.out_of_panel made where made.council = $1 and made.application = $2"
        "  union select advised_by from read.out_of_panel made where made.council = $1 and made.application = $2"
        "   and advised_by is not null"
        "  union select officer from read.authority authority join read.decision decision"
        "   on decision.council = authority.council where authority.council = $1 and decision.application = $2"
        "   and stage = 'waiting' and route->>'route' = 'DELEGATED' and from_at <= $3"
        "   and (until_at is null or until_at > $3)) as named,"
        " array(select one->>'member' from read.slot slot join read.sitting sitting on sitting.council = slot.council"
        "  and sitting.sitting = slot.sitting, jsonb_array_elements(present) as one"
        "  where slot.council = $1 and slot.application = $2 and stage in ('open', 'closed')"
        "  union select opened_by from read.slot slot join read.sitting sitting on sitting.council = slot.council"
        "  and sitting.sitting = slot.sitting where slot.council = $1 and slot.application = $2"
        "  and stage in ('open', 'closed')) as members,"
        " array(select distinct forum from read.slot slot join read.sitting sitting on sitting.council = slot.council"
        "  and sitting.sitting = slot.sitting where slot.council = $1 and slot.application = $2"
        "  and stage = 'scheduled') as ahead,"
        " exists (select from read.alarm alarm join read.out_of_panel made on made.council = alarm.council"
        "  and made.decision = alarm.decision where alarm.council = $1 and made.application = $2) as escalated",
        application,
        at,
    )
    said = found["said"] or {}
    rules = await settings.in_force(reader, at)
    writers = rules.writers_of(said["kind"]) if rules is not None and said else frozenset[str]()
    ahead = frozenset(found["ahead"])
    every_forum = rules is not None and ahead == rules.forums.keys()
    sat = await _have_sat(reader, ahead) if ahead and not every_forum else frozenset[str]()
    return NeedToKnow(
        originator=said.get("originator"),
        team=said.get("team"),
        team_manager=said.get("team_manager"),
        service=said.get("service"),
        service_manager=said.get("service_manager"),
        named=frozenset(found["named"]),
        roles=writers | (PANEL if every_forum else frozenset()),
        members=frozenset(found["members"]) | sat,
        circulated=True,
        escalated=found["escalated"],
    )


async def _have_sat(reader: Reader, forums: Collection[str]) -> frozenset[str]:
    """Who was at a sitting of one of some forums."""
    found = await reader.fetch(
        "select one->>'member' as member from read.sitting, jsonb_array_elements(present) as one where council = $1"
        " and forum = any($2::text[]) union select opened_by from read.sitting where council = $1"
        " and forum = any($2::text[]) and opened_by is not null",
        list(forums),
    )
    return frozenset(row["member"] for row in found)


_SAID = (
    "exists (select from read.submission said where said.council = $1 and said.application = listed.application and "
)

OWN = (
    f"{_SAID}({{actor}} in (data->>'originator', data->>'team_manager', data->>'service_manager')"
    " or {team} = data->>'team' or {service} = data->>'service'))"
)
"""What is somebody's own, in a list: by whom the submission names."""

IN_TEAM = f"{_SAID}data->>'team' = {{}})"
"""What is one team's, in a list."""


async def oldest_waiting(reader: Reader) -> dict[str, datetime | None]:
    """Since when the oldest submission has waited to be received: its route has not been heard."""
    found = await reader.fetch(
        "select min(waiting_since) as since from read.submission where council = $1 and waiting_since is not null"
    )
    return {"submitted_to_received": found[0]["since"]}


# --- What public events say -----------------------------------------------------------------------------------


def _case(data: Mapping[str, Any]) -> Case:
    return Case(
        application=UUID(data["application"]),
        kind=data["kind"],
        weekly_pence=data["weekly_pence"],
        one_off_pence=data["one_off_pence"],
        indicative_weekly_pence=data["indicative_weekly_pence"],
        complex=data["complex"],
        distinctive=data["distinctive"],
        received_at=datetime.fromisoformat(data["received_at"]),
        times_submitted=data["times_submitted"],
        order=data.get("order"),
        consequence=private_or_none(data.get("consequence")),
    )


def _concerned(data: Mapping[str, Any]) -> Concerned:
    return Concerned(
        person=data["person"],
        person_name=from_sealed_json(data["person_name"]),
        contact_email=private_or_none(data["contact_email"]),
        originator=data["originator"],
        team=data["team"],
        team_manager=data["team_manager"],
        service=data["service"],
        service_manager=data["service_manager"],
        family=tuple(
            FamilyMember(
                party=member["party"],
                relationship=member["relationship"],
                name=from_sealed_json(member["name"]),
                has_parental_responsibility=member.get("has_parental_responsibility", False),
            )
            for member in data["family"]
        ),
    )


def route(data: Mapping[str, Any]) -> Route:
    """The way that routing says it gave an application."""
    return Route(
        route=data["route"],
        forum=data["forum"],
        sitting_on=date.fromisoformat(data["sitting_on"]) if data["sitting_on"] else None,
        reasons=tuple(data["reasons"]),
        settings_version=data["settings_version"],
        table=data["table"],
        row=data["row"],
    )


def private_or_none(sealed: Mapping[str, Any] | None) -> Private | None:
    """A sealed member that may be null."""
    return from_sealed_json(sealed) if sealed else None

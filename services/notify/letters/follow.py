"""Which letters follow from what is heard, and whom each goes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from councils.calendar import in_london
from ledger.decider import UNSAID, Private, Waiting
from ledger.recorded import Heard
from ledger.sealed import from_sealed_json
from ledger.unit_of_work import UnitOfWork
from services.notify.letters import read
from services.notify.letters.wording import day, pounds
from services.notify.messages.domain.message import MESSAGE, WantMessage


@dataclass(frozen=True)
class Wish:
    """One message to be asked for: to an officer, or to a person at a sealed address."""

    letter: str
    facts: Mapping[str, str]
    officer: str | None = None
    address: Private | None = None
    quoted: Mapping[str, tuple[Private, ...]] = field(default_factory=dict[str, tuple[Private, ...]])


REACTS = frozenset(
    {
        "uk.panelbook.panel.decision.decided.v1",
        "uk.panelbook.panel.sitting.slot_offered.v1",
        "uk.panelbook.panel.decision.returned.v1",
        "uk.panelbook.panel.decision.alarm_raised.v1",
        "uk.panelbook.panel.decision.authority_conflict_found.v1",
        "uk.panelbook.record.complaint.opened.v1",
        "uk.panelbook.intake.expected.not_received.v1",
    }
)
"""The types that something follows from; whatever else is heard is knowledge only, which the projections keep."""


async def react(unit: UnitOfWork, heard: Heard) -> None:
    """Ask for every message that one heard event calls for."""
    if heard.type not in REACTS:
        return
    data = heard.data
    match heard.type:
        case "uk.panelbook.panel.decision.decided.v1":
            await _decided(unit, heard)
        case "uk.panelbook.panel.sitting.slot_offered.v1":
            team = await _team(unit, data["application"])
            forum = await read.forum_name(unit, data["sitting"])
            wishes = [
                _slot(data, team, forum or "the panel"),
                *await _presenter(unit, data, team, forum or "the panel"),
            ]
            await _want(unit, heard, data["application"], wishes)
        case "uk.panelbook.panel.decision.returned.v1":
            team = await _team(unit, data["application"])
            await _want(unit, heard, data["application"], [Wish("application_returned", {}, officer=team.originator)])
        case "uk.panelbook.record.complaint.opened.v1":
            team = await _team(unit, data["application"])
            facts = {"stage": data["stage"], "due": day(date.fromisoformat(data["due_on"]))}
            wish = Wish("complaint_opened", facts, officer=team.team_manager)
            await _want(unit, heard, data["application"], [wish])
        case "uk.panelbook.intake.expected.not_received.v1":
            await _not_received(unit, heard)
        case "uk.panelbook.panel.decision.alarm_raised.v1":
            await _overdue(unit, heard)
        case "uk.panelbook.panel.decision.authority_conflict_found.v1":
            await _authority_conflict(unit, heard)
        case _:
            pass


async def _not_received(unit: UnitOfWork, heard: Heard) -> None:
    """The chair has the list, each relevant service manager is asked; the social workers are not chased (S4 §5)."""
    data = heard.data
    sitting_on = date.fromisoformat(data["sitting_on"])
    forum = await read.forum_named(unit, data["forum"])
    facts = {"forum": forum or "the panel", "day": f"{sitting_on:%A} {day(sitting_on)}"}
    here = f"/intake/councils/{unit.council}"
    missing = [one["application"] for one in data["missing"]]
    listed = {"applications": "\n".join(missing), "path": f"{here}/sittings/{sitting_on.isoformat()}/expected"}
    chairs = await read.chairs(unit)
    await _want(
        unit, heard, "", [Wish("expected_not_received", {**facts, **listed}, officer=chair) for chair in chairs]
    )
    for one in data["missing"]:
        path = f"{here}/applications/{one['application']}"
        wish = Wish("feedback_asked", {**facts, "path": path}, officer=one["service_manager"])
        await _want(unit, heard, one["application"], [wish])


async def _overdue(unit: UnitOfWork, heard: Heard) -> None:
    """What had to follow a decision outside a panel is overdue: its officers and directors hear of it (E2, E5, E7)."""
    data = heard.data
    due = in_london(data["fell_due_at"])
    facts = {
        "code": data["code"],
        "due": f"{day(due)} at {due:%H:%M}",
        "path": f"/panel/councils/{unit.council}/decisions/{data['application']}/out-of-panel-decisions",
    }
    told = dict.fromkeys([*data["officers"], *await read.officers_in(unit, data["roles"])])
    wishes = [Wish("out_of_panel_overdue", facts, officer=officer) for officer in told]
    await _want(unit, heard, data["application"], wishes)


async def _authority_conflict(unit: UnitOfWork, heard: Heard) -> None:
    """A decision was made after its officer's authority had ended: directors hear of it, once each (A6)."""
    data = heard.data
    decided, ended = in_london(data["decided_at"]), in_london(data["ended_at"])
    facts = {
        "decided": f"{day(decided)} at {decided:%H:%M:%S}",
        "ended": f"{day(ended)} at {ended:%H:%M:%S}",
        "ratify_on": day(date.fromisoformat(data["ratify_on"])) if data["ratify_on"] else "",
        "path": f"/panel/councils/{unit.council}/decisions/{data['application']}/out-of-panel-decisions",
    }
    told = await read.officers_in(unit, data["roles"])
    wishes = [Wish("authority_conflict", facts, officer=officer) for officer in told]
    await _want(unit, heard, data["application"], wishes)


async def _presenter(unit: UnitOfWork, data: Mapping[str, Any], team: read.Team, forum: str) -> list[Wish]:
    """An untrained presenter is booked all the same, and the team manager hears of it (S0; DOMAIN B18)."""
    starts = in_london(data["starts_at"])
    if not await read.presenter_to_warn_of(unit, data.get("presenter") or team.originator, starts.date()):
        return []
    return [
        Wish("presenter_untrained", {"forum": forum, "day": f"{starts:%A} {day(starts)}"}, officer=team.team_manager)
    ]


async def _team(unit: UnitOfWork, application: str) -> read.Team:
    team = await read.team_of(unit, application)
    if team is None:
        raise Waiting("the submission of this application has not been heard yet")
    return team


def _slot(data: Mapping[str, Any], team: read.Team, forum: str) -> Wish:
    """The slot message gives time, length, place or link, and the members' roles, one a line (DOMAIN C3)."""
    starts = in_london(data["starts_at"])
    return Wish(
        "slot_offered",
        {
            "forum": forum,
            "day": f"{starts:%A} {day(starts)}",
            "time": f"{starts:%H:%M}",
            "minutes": str(data["minutes"]),
            "place": data["place"],
            "members": "\n".join(member["role"].replace("_", " ") for member in data["members"]),
        },
        officer=team.originator,
    )


async def _decided(unit: UnitOfWork, heard: Heard) -> None:
    data = heard.data
    if data["outcome"] == "DEFERRED":
        returns_on = data["next_sitting_on"]
        facts = {"next_sitting": day(date.fromisoformat(returns_on)) if returns_on else ""}
        wishes = [Wish("decision_deferred", facts, officer=officer) for officer in _told(data)]
    else:
        wishes = [
            Wish("decision_recorded", {"task": "yes" if officer == data["originator"] else ""}, officer=officer)
            for officer in _told(data)
        ]
        if data["contact_email"] is not None:
            wishes.append(_outcome(data))
    await _want(unit, heard, data["application"], wishes)


def _told(data: Mapping[str, Any]) -> Sequence[str]:
    """Social worker and Team Manager, each once (S4 appendix; DOMAIN D12)."""
    return list(dict.fromkeys(officer for officer in (data["originator"], data["team_manager"]) if officer))


def _outcome(data: Mapping[str, Any]) -> Wish:
    """The person's own notice: reasons and what would be needed, word for word (DOMAIN D3)."""
    decided = in_london(data["decided_at"])
    budget, consequence = data["final_budget"], data.get("consequence")
    return Wish(
        "outcome_to_person",
        {
            "outcome": data["outcome"],
            "day": day(decided),
            "decided_by": "the panel" if data["made"] == "PANEL" else _alone(data["decided_role"]),
            "weekly": pounds(budget["weekly_pence"]) if budget else "",
            "yearly": pounds(budget["yearly_pence"]) if budget else "",
        },
        address=from_sealed_json(data["contact_email"]),
        quoted={
            "name": (from_sealed_json(data["person_name"]),),
            "reasons": tuple(from_sealed_json(reason) for reason in data["reasons"]),
            "needed": tuple(from_sealed_json(piece) for piece in data["needed"]),
            "consequence": (from_sealed_json(consequence),) if consequence else (),
        },
    )


def _alone(role: str) -> str:
    return f"an officer who may decide it alone ({role.replace('_', ' ')})"


async def _want(unit: UnitOfWork, heard: Heard, application: str, wishes: Sequence[Wish]) -> None:
    for wish in wishes:
        recipient = wish.officer or (wish.address.person if wish.address else "")
        named = f"panelbook:message:{heard.row.id}:{wish.letter}:{recipient}"
        # One event can ask one officer about several applications, each in a message of its own.
        about = f":{application}" if wish.letter == "feedback_asked" else ""
        message = str(uuid5(NAMESPACE_URL, f"{named}{about}"))
        loaded = await unit.load(MESSAGE, f"message-{message}")
        want = WantMessage(
            message,
            wish.letter,
            application,
            str(heard.row.id),
            wish.officer,
            wish.address,
            dict(wish.facts),
            dict(wish.quoted),
        )
        await unit.record(loaded, MESSAGE.decide(want, loaded.state, UNSAID))

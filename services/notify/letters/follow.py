"""Which letters follow from what is heard, and whom each goes to: every letter is a policy of its own name.

The letters stand in `texts/` under the same names. Messages to staff hold a link and no personal details (S4 appendix).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from councils.calendar import in_london
from ledger.codec.sealed import from_sealed_json
from ledger.decider import Private, Waiting
from ledger.following import Policy, follows
from ledger.recorded import Heard
from ledger.unit_of_work import UnitOfWork
from services.notify.letters import read
from services.notify.letters.wording import day, long_day, minute, pounds, second, spoken
from services.notify.messages.domain.message import (
    MESSAGE,
    MessageGivenUp,
    MessageWanted,
    StopMessage,
    WantMessage,
)


@dataclass(frozen=True)
class To:
    """One message of a letter: to an officer, or to a person at a sealed address, with what the letter needs.

    ``about`` is for a letter of which one event asks the same officer several, each about another application.
    """

    officer: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    address: Private | None = None
    quoted: Mapping[str, tuple[Private, ...]] = field(default_factory=dict[str, tuple[Private, ...]])
    about: str | None = None


def letter(cause: str) -> Callable[[Callable[[UnitOfWork, Heard], Awaitable[Sequence[To]]]], Policy]:
    """Make a policy of a function that says whom the letter of its name goes to when ``cause`` is heard."""

    def made(addressed: Callable[[UnitOfWork, Heard], Awaitable[Sequence[To]]]) -> Policy:
        @wraps(addressed)
        async def want(unit: UnitOfWork, heard: Heard) -> None:
            for to in await addressed(unit, heard):
                await _want(unit, heard, addressed.__name__, to)

        return follows(cause, leads_to=(MessageWanted,), each=True)(want)

    return made


async def _want(unit: UnitOfWork, heard: Heard, name: str, to: To) -> None:
    recipient = to.officer or (to.address.person if to.address else "")
    about = "" if to.about is None else f":{to.about}"
    message = str(uuid5(NAMESPACE_URL, f"panelbook:message:{heard.row.id}:{name}:{recipient}{about}"))
    application = heard.data.get("application", "") if to.about is None else to.about
    command = WantMessage(
        message, name, application, str(heard.row.id), to.officer, to.address, dict(to.facts), dict(to.quoted)
    )
    await unit.decide(MESSAGE, f"message-{message}", command, unit.acting())


# --- Before a sitting -----------------------------------------------------------------------------------------


@letter("uk.panelbook.panel.sitting.slot_offered.v1")
async def slot_offered(unit: UnitOfWork, heard: Heard) -> Sequence[To]:
    """The worker has time, length, place or link, and the members' roles, one a line (DOMAIN C3)."""
    data = heard.data
    team, forum = await _offered(unit, heard)
    starts = in_london(data["starts_at"])
    facts = {
        "forum": forum,
        "day": long_day(starts),
        "time": f"{starts:%H:%M}",
        "minutes": str(data["minutes"]),
        "place": data["place"],
        "members": "\n".join(spoken(member["role"]) for member in data["members"]),
    }
    return [To(team.originator, facts)]


@letter("uk.panelbook.panel.sitting.slot_moved_on.v1")
async def slot_moved_on(unit: UnitOfWork, heard: Heard) -> Sequence[To]:
    """Whoever made way for a deferred case hears of it at once, and of the new time when there is one (D5)."""
    data = heard.data
    facts = {"forum": await read.forum_name(unit, data["forum"]), "day": long_day(date.fromisoformat(data["on"]))}
    return [To((await _team(unit, heard)).originator, facts)]


@letter("uk.panelbook.panel.sitting.slot_offered.v1")
async def presenter_untrained(unit: UnitOfWork, heard: Heard) -> Sequence[To]:
    """An untrained presenter is booked all the same, and the team manager hears of it (S0; DOMAIN B18)."""
    data = heard.data
    team, forum = await _offered(unit, heard)
    starts = in_london(data["starts_at"])
    if not await read.presenter_to_warn_of(unit, data.get("presenter") or team.originator, starts.date()):
        return []
    return [To(team.team_manager, {"forum": forum, "day": long_day(starts)})]


@letter("uk.panelbook.intake.expected.not_received.v1")
async def expected_not_received(unit: UnitOfWork, heard: Heard) -> Sequence[To]:
    """The chair has the list of what missed a cut-off (S4 §5)."""
    data, facts = heard.data, await _missed(unit, heard)
    missing = "\n".join(one["application"] for one in data["missing"])
    path = f"/intake/councils/{unit.council}/sittings/{data['sitting_on']}/expected"
    chairs = await read.officers_in(unit, ["chair"])
    return [To(chair, {**facts, "applications": missing, "path": path}) for chair in chairs]


@letter("uk.panelbook.intake.expected.not_received.v1")
async def feedback_asked(unit: UnitOfWork, heard: Heard) -> Sequence[To]:
    """Each relevant service manager is asked; the social workers are not chased (S4 §5)."""
    facts, applications = await _missed(unit, heard), f"/intake/councils/{unit.council}/applications"
    return [
        To(
            one["service_manager"],
            {**facts, "path": f"{applications}/{one['application']}"},
            about=one["application"],
        )
        for one in heard.data["missing"]
    ]


# --- What became of it ----------------------------------------------------------------------------------------


@letter("uk.panelbook.panel.decision.returned.v1")
async def application_returned(unit: UnitOfWork, heard: Heard) -> Sequence[To]:
    """The originator hears of a return, which is no outcome, and of the place that is kept for it (DOMAIN B5)."""
    team = await _team(unit, heard)
    return [To(team.originator, await _kept(unit, team.forum, heard.data.get("defer_to")))]


@letter("uk.panelbook.panel.decision.decided.v1")
async def decision_deferred(unit: UnitOfWork, heard: Heard) -> Sequence[To]:
    """Of a deferral social worker and team manager hear, and where it comes back to."""
    if heard.data["outcome"] != "DEFERRED":
        return []
    forum = await read.forum_of(unit, heard.data["sitting"] or "")
    facts = {"next_sitting": "", **await _kept(unit, forum, heard.data["next_sitting_on"])}
    return [To(officer, facts) for officer in _team_of_decision(heard.data)]


@letter("uk.panelbook.panel.decision.decided.v1")
async def decision_recorded(unit: UnitOfWork, heard: Heard) -> Sequence[To]:
    """Of any other decision they hear too, and the social worker of the task to inform the family."""
    if heard.data["outcome"] == "DEFERRED":
        return []
    return [
        To(officer, {"task": "yes" if officer == heard.data["originator"] else ""})
        for officer in _team_of_decision(heard.data)
    ]


@letter("uk.panelbook.panel.decision.decided.v1")
async def outcome_to_person(unit: UnitOfWork, heard: Heard) -> Sequence[To]:
    """The person's own notice: reasons and what would be needed, word for word (DOMAIN D3)."""
    data = heard.data
    if data["outcome"] == "DEFERRED" or data["contact_email"] is None:
        return []
    budget, consequence = data["final_budget"], data.get("consequence")
    facts = {
        "outcome": data["outcome"],
        "day": day(in_london(data["decided_at"])),
        "decided_by": "the panel"
        if data["made"] == "PANEL"
        else f"an officer who may decide it alone ({spoken(data['decided_role'])})",
        "weekly": pounds(budget["weekly_pence"]) if budget else "",
        "yearly": pounds(budget["yearly_pence"]) if budget else "",
    }
    quoted = {
        "name": (from_sealed_json(data["person_name"]),),
        "reasons": tuple(from_sealed_json(reason) for reason in data["reasons"]),
        "needed": tuple(from_sealed_json(piece) for piece in data["needed"]),
        "consequence": (from_sealed_json(consequence),) if consequence else (),
    }
    return [To(facts=facts, address=from_sealed_json(data["contact_email"]), quoted=quoted)]


@letter("uk.panelbook.record.complaint.opened.v1")
async def complaint_opened(unit: UnitOfWork, heard: Heard) -> Sequence[To]:
    """The complaints officers hear of a complaint and of its due day: they are who can answer it (DOMAIN I3)."""
    facts = {
        "stage": heard.data["stage"],
        "due": day(date.fromisoformat(heard.data["due_on"])),
        "path": f"/record/councils/{unit.council}/complaints",
    }
    return [To(officer, facts) for officer in await read.officers_in(unit, ["complaints_officer"])]


# --- What must be seen to -------------------------------------------------------------------------------------


@letter("uk.panelbook.panel.decision.alarm_raised.v1")
async def out_of_panel_overdue(unit: UnitOfWork, heard: Heard) -> Sequence[To]:
    """What had to follow a decision outside a panel is overdue: its officers and directors hear of it (E2, E5, E7)."""
    data = heard.data
    facts = {"code": data["code"], "due": minute(in_london(data["fell_due_at"])), "path": _out_of_panel(unit, data)}
    officers = dict.fromkeys([*data["officers"], *await read.officers_in(unit, data["roles"])])
    return [To(officer, facts) for officer in officers]


@letter("uk.panelbook.panel.decision.authority_conflict_found.v1")
async def authority_conflict(unit: UnitOfWork, heard: Heard) -> Sequence[To]:
    """A decision was made after its officer's authority had ended: directors hear of it, once each (A6)."""
    data = heard.data
    facts = {
        "decided": second(in_london(data["decided_at"])),
        "ended": second(in_london(data["ended_at"])),
        "ratify_on": day(date.fromisoformat(data["ratify_on"])) if data["ratify_on"] else "",
        "path": _out_of_panel(unit, data),
    }
    return [To(officer, facts) for officer in await read.officers_in(unit, data["roles"])]


@follows(read.FAMILY_MEMBER_TAKEN_OUT, leads_to=(MessageGivenUp,), each=True)
async def stop_letters(unit: UnitOfWork, heard: Heard) -> None:
    """No letter goes to whoever was named in error (B12)."""
    for message in await read.wanted_by_persons(unit, heard.data["application"]):
        await unit.decide(MESSAGE, f"message-{message}", StopMessage(heard.data["party"]), unit.acting())


POLICIES = (
    slot_offered,
    slot_moved_on,
    presenter_untrained,
    expected_not_received,
    feedback_asked,
    application_returned,
    decision_deferred,
    decision_recorded,
    outcome_to_person,
    complaint_opened,
    out_of_panel_overdue,
    authority_conflict,
    stop_letters,
)


# --- What several letters need --------------------------------------------------------------------------------


async def _team(unit: UnitOfWork, heard: Heard) -> read.Team:
    team = await read.team_of(unit, heard.data["application"])
    if team is None:
        raise Waiting("the submission of this application has not been heard yet")
    return team


async def _offered(unit: UnitOfWork, heard: Heard) -> tuple[read.Team, str]:
    team = await _team(unit, heard)
    return team, await read.forum_name(unit, await read.forum_of(unit, heard.data["sitting"]))


async def _kept(unit: UnitOfWork, forum: str, on: str | None) -> dict[str, str]:
    """The sitting that a place is kept at, and whether that is scheduled yet (D5)."""
    if on is None:
        return {}
    kept = date.fromisoformat(on)
    unscheduled = "" if await read.is_scheduled(unit, forum, kept) else "yes"
    return {"next_sitting": day(kept), "unscheduled": unscheduled}


async def _missed(unit: UnitOfWork, heard: Heard) -> dict[str, str]:
    forum = await read.forum_name(unit, heard.data["forum"])
    return {"forum": forum, "day": long_day(date.fromisoformat(heard.data["sitting_on"]))}


def _team_of_decision(data: Mapping[str, Any]) -> Sequence[str]:
    """Social worker and team manager, each once (S4 appendix; DOMAIN D12)."""
    return list(dict.fromkeys(officer for officer in (data["originator"], data["team_manager"]) if officer))


def _out_of_panel(unit: UnitOfWork, data: Mapping[str, Any]) -> str:
    return f"/panel/councils/{unit.council}/decisions/{data['application']}/out-of-panel-decisions"

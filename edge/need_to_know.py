"""Who is shown what: for each route of each service and each role, one word; a route that is not here shows nothing.

The need to know is DOMAIN.md's I5 and PANEL.md §5. Reading without it is answered like what does not exist (404). A
write is refused by the rules of its own record, in their words and without anybody's content.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from edge.roles import ROLES


class Shown(StrEnum):
    """How much of what a route shows a role is shown."""

    NOTHING = "nothing"
    """The answer of what does not exist."""
    OWN = "own"
    """Cases of one's own: as originator, in one's team or service, or where the case names or waits on oneself."""
    ESCALATED = "escalated"
    """One's own, and what was escalated."""
    CIRCULATED = "circulated"
    """One's own, and what was handed in and so goes to a panel."""
    SITTING = "sitting"
    """One's own, and what is to be heard; from a sitting's opening until its minutes are signed, by those present."""
    EXTRACT = "extract"
    """Outcome, amounts, days and references, where the council lets subscribers have them (G23, I10)."""
    ALL = "all"
    """All that the route shows."""


class Kind(StrEnum):
    """What a route is for."""

    CONTENT = "content"
    """Shows what is known of a person, so that it asks for a purpose and is logged."""
    LIST = "list"
    """Shows no person's content: ids, codes, amounts, days; and officers by name where a route lists officers."""
    WRITE = "write"
    """Changes a record; its rules say who may."""


@dataclass(frozen=True)
class Route:
    """One route: what it is for, and how much each role is shown."""

    kind: Kind
    to: Mapping[str, Shown]

    def shown(self, role: str) -> Shown:
        """How much a role is shown; nothing where the table does not name it."""
        return self.to.get(role, Shown.NOTHING)


NOBODYS = Route(Kind.CONTENT, {})
"""What a route shows that stands in no table."""

Table = Mapping[str, Route]
"""The routes of one service by their names (their operationId)."""

TEAM = frozenset({"social_worker", "team_manager", "practice_manager"})
"""Roles to which the cases of their team are their own."""

SERVICE = frozenset({"service_manager", "service_delivery_manager"})
"""Roles to which the cases of their service are their own."""

WHOLE = frozenset({"complaints_officer", "records_officer", "director_csw", "director_cs"})
"""Roles that replay or answer for whole cases."""

PANEL = frozenset({"chair", "vice_chair", "member"})
"""Roles that hear cases."""

NO_PERSONS = frozenset({"settings_publisher", "system", "attendee", "operator"})
"""Roles that are shown no person's content: those who set rules or run systems, and who comes to one item only."""

PAYING = frozenset({"placements", "direct_payments", "finance"})
"""Roles that see to what was decided: theirs is what waits on them."""

STAFF = ROLES - {"system", "attendee", "operator"}
"""Everybody who works for the council or sits on its panels."""


@dataclass(frozen=True)
class Whose:
    """By what a list is narrowed to one's own: the actor, and the team or the service whose cases are theirs too."""

    actor: str
    team: str | None
    service: str | None


@dataclass(frozen=True)
class Case:
    """One case as far as it says who needs to know of it; ids of officers, and roles that it waits on."""

    originator: str | None = None
    team: str | None = None
    team_manager: str | None = None
    service: str | None = None
    service_manager: str | None = None
    named: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    circulated: bool = False
    escalated: bool = False


def whose(actor: str, role: str, team: str, service: str) -> Whose:
    """What is somebody's own."""
    return Whose(actor, team or None if role in TEAM else None, service or None if role in SERVICE else None)


def narrowed(mine: Whose | None) -> tuple[str | None, str | None, str | None]:
    """What a query compares with whose its rows are: actor, team, service; all None for a list that is shown whole."""
    return (mine.actor, mine.team, mine.service) if mine is not None else (None, None, None)


def owns(mine: Whose, role: str, case: Case) -> bool:
    """Whether a case is somebody's own, or names or waits on them."""
    return (
        mine.actor in {case.originator, case.team_manager, case.service_manager} | case.named
        or (mine.team is not None and mine.team == case.team)
        or (mine.service is not None and mine.service == case.service)
        or role in case.roles
    )


def sees(shown: Shown, mine: Whose, role: str, case: Case) -> bool:
    """Whether somebody to whom a route shows that much is shown one case."""
    match shown:
        case Shown.ALL:
            return True
        case Shown.NOTHING | Shown.EXTRACT:
            return False
        case Shown.ESCALATED:
            further = case.escalated
        case Shown.CIRCULATED:
            further = case.circulated
        case Shown.SITTING:
            further = mine.actor in case.members
        case Shown.OWN:
            further = False
    return further or owns(mine, role, case)


# --- The table ------------------------------------------------------------------------------------------------


def _each(roles: Iterable[str], shown: Shown) -> dict[str, Shown]:
    return dict.fromkeys(roles, shown)


_OWN = _each({*TEAM, *SERVICE, "iro", "on_call_delegate"}, Shown.OWN)

_CASE = (
    _OWN
    | _each(PANEL, Shown.SITTING)
    | _each(WHOLE, Shown.ALL)
    | {"panel_administrator": Shown.CIRCULATED, "head_of_service": Shown.ESCALATED}
)
"""One case with what is written in it."""

_DECIDED = _CASE | {"system": Shown.EXTRACT}
"""What the link of a decision's public event leads to."""

_SUBMITTED = _CASE | _each((*PANEL, "head_of_service"), Shown.OWN)
"""One case in the books of a service that hears neither who sits nor what was escalated."""

_WRITTEN = _OWN
"""What is being written, or was before it was handed in: its team's own."""

_CASES = (
    _OWN
    | _each(WHOLE, Shown.ALL)
    | _each(("panel_administrator", "chair", "vice_chair", "head_of_service", "iro"), Shown.ALL)
)
"""A list of cases without anything personal: whoever arranges and answers for sittings has it whole."""

_WORK = _each(STAFF - {"settings_publisher", "member"}, Shown.OWN) | _CASES | _each(PAYING, Shown.OWN)
"""Tasks and letters, by their ids: one's own, and whole for who sees to it that they are done."""

_STAFF = _each(STAFF, Shown.ALL)

_ME = _each(ROLES - {"operator"}, Shown.OWN)
"""Who one is, and what waits for oneself."""


def _content(to: Mapping[str, Shown]) -> Route:
    return Route(Kind.CONTENT, to)


def _list(to: Mapping[str, Shown]) -> Route:
    return Route(Kind.LIST, to)


def _writes(*names: str) -> dict[str, Route]:
    return {name: Route(Kind.WRITE, _each(ROLES, Shown.ALL)) for name in names}


INTAKE: Table = {
    "application": _content(_SUBMITTED),
    "assessment": _content(_OWN | _each(WHOLE, Shown.ALL)),
    "attachment": _content(_SUBMITTED),
    "attachment_list": _content(_SUBMITTED),
    "draft": _content(_WRITTEN),
    "section_version": _content(_WRITTEN),
    "section_difference": _content(_WRITTEN),
    "section_versions": _list(_WRITTEN),
    "search_applications": _content(_CASE),
    "applications": _list(_CASES),
    "me": _content(_each(STAFF - {"settings_publisher"}, Shown.OWN)),
    "expected": _list(_CASES),
    "form": _list(_STAFF),
    "form_of": _list(_SUBMITTED | {"panel_administrator": Shown.ALL}),
    "preview": _list(_SUBMITTED | {"panel_administrator": Shown.ALL}),
    "readiness": _list(_STAFF),
    **_writes(
        "hold_assessment", "start_from_assessment", "start", "sign", "answer_comment", "agree", "expect", "submit",
        "agree_abandonment", "abandon", "give_further_information", "indicate_budget", "give_costs",
        "state_circumstances", "mark_complexity", "complete_section", "list_options_tried", "state_other_funding",
        "plan_actions", "state_family_agreement", "state_support_needs", "name_family_member", "take_out_family_member",
        "state_parental_responsibility", "record_voice", "attach", "remove_attachment", "save_draft",
    ),
}  # fmt: skip

ROUTING: Table = {
    "show_route": _content(_SUBMITTED),
    "show_deciders": _list(_SUBMITTED),
    "show_waiting": _list(_each(STAFF, Shown.OWN) | _CASES),
    "me": _list(_ME),
    "list_officers": _list(_STAFF),
    "list_acknowledgements": _list(_STAFF),
    "show_readiness": _list(_STAFF),
    "show_settings": _list(_each(ROLES - {"operator"}, Shown.ALL)),
    "validate_settings": _list(_STAFF),
    "preview_route": _list(_STAFF),
    "try_draft": _list(_STAFF),
    **_writes(
        "acknowledge_settings", "appoint_officer", "change_role", "grant_authority", "end_authority",
        "record_training", "grant_exception", "publish_settings", "retire_settings",
    ),
}  # fmt: skip

PANEL_ROUTES: Table = {
    "show_decision": _content(_DECIDED),
    "show_out_of_panel": _content(_DECIDED),
    "list_decisions": _list(_CASES),
    "list_out_of_panel": _list(_CASES),
    "me": _list(_ME),
    "list_sittings": _list(_STAFF),
    "show_sitting": _list(_each(STAFF - {"settings_publisher"}, Shown.ALL)),
    "panel_share": _list(_STAFF),
    **_writes(
        "schedule_sitting", "close_item", "close_sitting", "sign_minutes", "offer_slot", "open_sitting", "open_item",
        "decide_by_panel", "decide_by_delegation", "file_with_court", "return_application", "agree_withdrawal",
        "withdraw_application", "decide_at_risk_to_life", "decide_out_of_panel", "ratify", "note_replacement",
    ),
}  # fmt: skip

NOTIFY: Table = {
    "list_tasks": _list(_WORK),
    "list_messages": _list(_WORK),
    "me": _list(_ME),
    **_writes("task_done"),
}

RECORD: Table = {
    "case_history": _content(_each(WHOLE, Shown.ALL)),
    "show_complaint": _content(_each(WHOLE, Shown.ALL)),
    "list_complaints": _list(_each({*WHOLE, "head_of_service"}, Shown.ALL)),
    "verification": _list(_each(WHOLE, Shown.ALL)),
    "complete_until": _list(_STAFF),
    "disagreement": Route(Kind.WRITE, _STAFF),
}

TABLE: Mapping[str, Table] = {
    "intake": INTAKE,
    "routing": ROUTING,
    "panel": PANEL_ROUTES,
    "notify": NOTIFY,
    "record": RECORD,
}
"""Every route of every service."""

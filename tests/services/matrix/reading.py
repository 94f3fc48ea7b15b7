"""What each reading is asked about here, and what its answer must be."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi.routing import APIRoute

from edge.need_to_know import TABLE, Shown
from edge.roles import ROLES
from tests.services.matrix.places import OWN, Known, Place
from tests.services.matrix.routes import named_in

TEAM = frozenset({"social_worker", "team_manager", "practice_manager"})
SERVICE = frozenset({"service_manager", "service_delivery_manager"})
WHOLE = frozenset({"complaints_officer", "records_officer", "director_csw", "director_cs"})
PANEL = frozenset({"chair", "vice_chair", "member"})
ADMINISTRATOR = frozenset({"panel_administrator"})
NOBODY: frozenset[str] = frozenset()

BEHIND = TEAM | SERVICE
"""Whoever works in the team or the service that began a case."""

SEARCHING = BEHIND | WHOLE | PANEL | ADMINISTRATOR | {"head_of_service", "iro", "on_call_delegate"}
"""Whoever may read cases, their own at least."""

Shares = Mapping[str, tuple[frozenset[str], frozenset[str]]]
"""By case, the roles that are shown it: from the team that began it, and from another one."""

_WRITTEN: Shares = {"draft": (BEHIND, NOBODY), "deferred": (BEHIND, NOBODY)}
_FORM: Shares = {
    "draft": (BEHIND | WHOLE, WHOLE),
    "deferred": (BEHIND | WHOLE | ADMINISTRATOR, WHOLE | ADMINISTRATOR),
}

PERSONAL: Mapping[str, Shares] = {
    "application": _FORM,
    "attachment": _FORM,
    "attachment_list": _FORM,
    "assessment": {"held": (WHOLE, WHOLE)},
    # Whoever may read some case may search, and finds what they may read: tests/services/intake/search.
    "search_applications": {"": (SEARCHING, SEARCHING)},
    "draft": _WRITTEN,
    "section_version": _WRITTEN,
    "section_difference": _WRITTEN,
    "show_route": {"waiting": (BEHIND | WHOLE | ADMINISTRATOR, WHOLE | ADMINISTRATOR)},
    "show_decision": {
        "unplaced": (BEHIND | WHOLE | ADMINISTRATOR, WHOLE | ADMINISTRATOR),
        "waiting": (BEHIND | WHOLE | ADMINISTRATOR | PANEL, WHOLE | ADMINISTRATOR | PANEL),
        "agreed": (BEHIND | WHOLE | ADMINISTRATOR, WHOLE | ADMINISTRATOR),
    },
    "show_out_of_panel": {"heard": (BEHIND | WHOLE | ADMINISTRATOR, WHOLE | ADMINISTRATOR)},
    "case_history": {"deferred": (WHOLE, WHOLE)},
    "show_complaint": {"complaint": (WHOLE, WHOLE)},
}
"""Reviewed by hand against DOMAIN.md's roles, I5 and PANEL.md §5, and of one mind with the table of the edge.

Who is shown what is known of a person; everybody else is answered 404. At the sitting that is open, its members are
named one by one: :data:`PRESENT`.
"""

PRESENT: Mapping[str, str] = {"member-0": "member", "member-1": "member", "officer-ch": "chair"}
"""Who is at the sitting that is open, by their ids."""


@dataclass(frozen=True)
class Subject:
    """One thing that a reading is about; ``handed_in`` and ``sits`` are what the need to know depends on."""

    name: str
    named: Mapping[str, str] = field(default_factory=dict[str, str])
    query: str = ""
    handed_in: bool = True
    sits: frozenset[str] = NOBODY
    """Roles of which everybody sits at the sitting on whose agenda it stands."""
    begun: bool = True
    """Whether a team began it, to which it is its own."""


def subjects_of(service: str, route: APIRoute, known: Known) -> list[Subject]:
    """What there is for a route to show: each of the cases that its service knows, or what its address names."""
    fixed = {
        "kind": "LOOKED_AFTER", "section": "needs", "sitting_on": "2026-10-20", "settings": "1",
        "sitting": known.next_sitting, "complaint": known.complaint,
    }  # fmt: skip
    if route.name == "assessment":
        return [Subject("held", {"assessment": known.assessment}, begun=False)]
    if "complaint" in named_in(route):
        return [Subject("complaint", fixed, begun=False)]
    if "application" not in named_in(route):
        return [Subject("", fixed)]
    cases = {"intake": ("draft", "deferred"), "routing": ("waiting",), "record": ("deferred",)}.get(
        service, ("heard",) if route.name == "show_out_of_panel" else ("unplaced", "waiting", "agreed")
    )
    return [
        Subject(
            case,
            {**fixed, "application": known.cases[case], "attachment": known.attachments.get(case, "")},
            _query(route, known.completed.get(case, "")),
            handed_in=case != "draft",
            sits=PANEL if service == "panel" and case == "waiting" else NOBODY,
        )
        for case in cases
    ]


def _query(route: APIRoute, version: str) -> str:
    """What else a reading must name."""
    return {
        "section_version": f"?version={version}",
        "section_difference": f"?earlier={version}&later={version}",
    }.get(route.name, "")


def promised(service: str, route: APIRoute, role: str, place: Place, subject: Subject) -> bool:
    """Whether the table promises somebody of a role, who works there, that they are shown it."""
    behind = subject.begun and place is OWN and role in BEHIND
    match TABLE[service][route.name].shown(role):
        case Shown.ALL:
            return True
        case Shown.NOTHING | Shown.EXTRACT:
            return False
        case Shown.OWN | Shown.ESCALATED:
            return behind
        case Shown.CIRCULATED:
            return behind or subject.handed_in
        case Shown.SITTING:
            return behind or role in subject.sits


def reviewed(route: APIRoute, role: str, place: Place, subject: Subject) -> bool:
    """Whether the reviewed list has them shown it."""
    own, other = PERSONAL[route.name][subject.name]
    return role in (own if place is OWN else other)


def everybody() -> list[str]:
    """Every role, in one order."""
    return sorted(ROLES)

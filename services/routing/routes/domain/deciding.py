"""Who could decide an application now, and whom it waits on: the same rules by which a decision is judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from councils.authority import within
from councils.facts import Facts
from councils.scheme import exception_to, route
from councils.settings import Limit, Settings

Standing = Literal["open", "deferred", "returned", "over"]
"""What has become of an application: waiting for a decision, for further work, for its originator, or for nothing."""

Wait = Literal[
    "DELEGATED_DECISION", "PANEL", "OTHER_PANEL", "EXCEPTION", "FURTHER_WORK", "RESUBMISSION", "NOTHING"
]  # fmt: skip
"""What an application waits for."""

_WAITS: dict[str, Wait] = {
    "DELEGATED": "DELEGATED_DECISION",
    "PANEL": "PANEL",
    "COMPLEX_HEALTH_NEEDS_PANEL": "OTHER_PANEL",
    "NOT_FUNDED": "EXCEPTION",
    "NOT_REQUIRED": "NOTHING",
}


NONE = Limit()
"""The limit of whoever was granted none."""


@dataclass(frozen=True)
class Officer:
    """An officer with the authority granted to them, whether or not it is in force; no limit where none was."""

    officer: str
    role: str
    limit: Limit = NONE
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True)
class Submitted:
    """An application as it was routed: who began it, what it asks for, which way it takes, what has become of it."""

    application: str
    originator: str
    facts: Facts
    route: str
    forum: str | None
    sitting_on: date | None
    standing: Standing


@dataclass(frozen=True)
class Waiting:
    """What an application waits for, which officers could see to it, and the roles that may where a role decides."""

    wait: Wait
    officers: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    exception: str | None = None
    """The exception that ``roles`` may grant."""


def hindered(officer: Officer, submitted: Submitted, settings: Settings, at: datetime) -> str | None:
    """The code with which this officer's own decision would be refused at that moment, or None if they may decide."""
    if officer.officer == submitted.originator:
        return "SELF_APPROVAL"
    begun = officer.from_at is not None and officer.from_at <= at
    if not begun or officer.limit == NONE or (officer.until_at is not None and officer.until_at <= at):
        return "NO_LIMIT"
    facts, delegated = submitted.facts, submitted.route == "DELEGATED"
    covered = within(officer.limit, facts.weekly_pence, facts.one_off_pence, settings.weeks_per_year)
    # Exactly the limit is for the scheme to say: one that delegates "under" its limit routes that amount to a panel.
    if not covered or (facts.weekly_pence == officer.limit.weekly_pence and not delegated):
        return "LIMIT_EXCEEDED"
    return None if delegated else "NOT_DELEGATED"


def waiting(submitted: Submitted, officers: Iterable[Officer], settings: Settings, at: datetime) -> Waiting:
    """Whom one application waits on at that moment; ``settings`` are those it was routed by."""
    match submitted.standing:
        case "over":
            return Waiting("NOTHING")
        case "deferred":
            return Waiting("FURTHER_WORK", (submitted.originator,))
        case "returned":
            return Waiting("RESUBMISSION", (submitted.originator,))
        case "open":
            return _open(submitted, list(officers), settings, at)


def _open(submitted: Submitted, officers: list[Officer], settings: Settings, at: datetime) -> Waiting:
    wait = _WAITS[submitted.route]
    if wait == "DELEGATED_DECISION":
        return Waiting(wait, tuple(one.officer for one in officers if hindered(one, submitted, settings, at) is None))
    found = exception_to(settings, route(settings, submitted.facts))
    if found is None or found[0] in submitted.facts.granted:
        return Waiting("NOTHING" if wait == "EXCEPTION" else wait)
    code, rule = found
    able = [one.officer for one in officers if one.role in rule.granted_by and one.officer != submitted.originator]
    # Only what cannot go on without it waits on an exception; what goes to a panel may be spared it by one.
    return Waiting(wait, tuple(able) if wait == "EXCEPTION" else (), rule.granted_by, code)

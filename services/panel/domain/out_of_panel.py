"""What happens around a decision outside a panel, and what is asked of it: its events and commands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from councils.settings import Settings
from ledger.decider import By, Private
from services.panel.domain.case import BeingHeard
from services.panel.domain.guards import Warned

Basis = Literal["EMERGENCY", "SHORT_PERIOD", "RISK_TO_LIFE"]
"""S4 §9, and the two sentences of S4 §12 NB."""

Alarm = Literal["APPLICATION_OVERDUE", "SHORT_PERIOD_ENDED", "RATIFICATION_OVERDUE"]

# Events ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DecidedOutOfPanel:
    """An officer decided outside a panel; support goes on until something else is decided.

    ``need`` is the emergency or the risk as it was found, ``words`` what was decided. Costs are None where nobody said
    them; ``ratify_on`` is the following sitting of ``forum`` and ``settings_version`` the rules that all this rests on,
    None where this service knew no settings.
    """

    decision: UUID
    application: UUID
    person: str
    basis: Basis
    grounds: tuple[str, ...]
    need: Private
    words: Private
    decided_by: str
    decided_role: str
    decided_at: datetime
    weekly_pence: int | None
    one_off_pence: int | None
    high_cost_weekly_pence: int
    advised_by: str | None
    advice: Private | None
    ends_on: date | None
    application_due_at: datetime | None
    forum: str | None
    ratify_on: date | None
    settings_version: int | None
    warned: tuple[Warned, ...]


@dataclass(frozen=True)
class Ratified:
    """The panel ratified a decision that was made outside it."""

    application: UUID
    decision: UUID
    sitting: UUID
    ratified_by: str
    role: str
    ratified_at: datetime
    reasons: tuple[Private, ...]


@dataclass(frozen=True)
class NotRatified:
    """The panel did not; the first decision stays as it was made, and its support until a replacement is in place."""

    application: UUID
    decision: UUID
    sitting: UUID
    refused_by: str
    role: str
    refused_at: datetime
    reasons: tuple[Private, ...]
    needed: tuple[Private, ...]


@dataclass(frozen=True)
class ReplacementInPlace:
    """Other support took the place of what a decision that was not ratified had given (E4)."""

    application: UUID
    decision: UUID
    recorded_by: str
    recorded_at: datetime
    words: Private


@dataclass(frozen=True)
class AlarmRaised:
    """Something fell due and had not happened; nothing stops by itself because of it (S4 §12 NB; DOMAIN.md, E5, E7).

    ``officers`` and everybody in ``roles`` are told. ``ratify_on`` is the next sitting that a decision waits for which
    ``sitting`` left unratified.
    """

    application: UUID
    decision: UUID
    code: Alarm
    fell_due_at: datetime
    noticed_at: datetime
    officers: tuple[str, ...]
    roles: tuple[str, ...]
    sitting: UUID | None
    ratify_on: date | None


@dataclass(frozen=True)
class RatificationSet:
    """The sitting that ratifies a decision which was made while this service knew of none (E2, E3)."""

    application: UUID
    decision: UUID
    forum: str
    ratify_on: date
    settings_version: int


@dataclass(frozen=True)
class AuthorityConflictFound:
    """An officer decided alone when their authority had ended, at ``ended_at``, which we heard afterwards (A6).

    Nothing is undone by itself: the decision stands and waits for the forum's following sitting to be ratified, and
    everybody in ``roles`` is told. ``forum`` and ``ratify_on`` are None where no settings are known.
    """

    application: UUID
    decision: UUID
    person: str
    decided_by: str
    decided_role: str
    decided_at: datetime
    weekly_pence: int
    ended_at: datetime
    noticed_at: datetime
    roles: tuple[str, ...]
    forum: str | None
    ratify_on: date | None
    settings_version: int | None


Event = (
    DecidedOutOfPanel
    | Ratified
    | NotRatified
    | ReplacementInPlace
    | AlarmRaised
    | RatificationSet
    | AuthorityConflictFound
)

# Commands -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What is put to the officer who decides; ``person`` may be left out of an application that panel has."""

    need: str
    words: str
    person: str | None = None
    grounds: tuple[str, ...] = ()
    weekly_pence: int | None = None
    one_off_pence: int | None = None
    advised_by: str | None = None
    advice: str | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class DecideOutOfPanel:
    """Decide outside a panel under the settings in force; None where this service has heard of none.

    ``stages`` are the forum's sittings from today on, by day; ``adviser_role`` is the role that routing appointed the
    named adviser to, None where we heard of no appointment.
    """

    by: By
    at: datetime
    decision: UUID
    application: UUID
    basis: Basis
    asked: Asked
    settings: Settings | None
    stages: Mapping[date, str]
    adviser_role: str | None = None


@dataclass(frozen=True)
class Ratify:
    """Record what the panel, which is hearing it, makes of a decision outside it."""

    by: By
    at: datetime
    decision: UUID
    item: BeingHeard | None
    outcome: str
    reasons: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()


@dataclass(frozen=True)
class NoteReplacement:
    """Note that other support is in place."""

    by: By
    at: datetime
    decision: UUID
    words: str


@dataclass(frozen=True)
class RaiseAlarm:
    """Say that something is overdue; asked again, nothing follows."""

    at: datetime
    decision: UUID
    code: Alarm
    fell_due_at: datetime
    officers: tuple[str, ...]
    roles: tuple[str, ...]
    sitting: UUID | None = None
    ratify_on: date | None = None


@dataclass(frozen=True)
class SetRatification:
    """Name the sitting that ratifies, now that there are settings; nothing follows where one is named already."""

    at: datetime
    decision: UUID
    settings: Settings
    stages: Mapping[date, str]


@dataclass(frozen=True)
class FindAuthorityConflict:
    """Compare what an officer decided alone with the moment at which their authority ended; asked again, nothing."""

    at: datetime
    officer: str
    ended_at: datetime
    settings: Settings | None
    stages: Mapping[date, str]


Command = DecideOutOfPanel | Ratify | NoteReplacement | RaiseAlarm | SetRatification | FindAuthorityConflict

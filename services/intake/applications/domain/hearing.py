"""What panel did with the application: returned it, deferred it, or is done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from councils.settings import Settings
from ledger.decider import Acting, Private
from services.intake.applications.domain.events import (
    AgreementVoided,
    ApplicationClosed,
    ApplicationEvent,
    ApplicationReopened,
    FurtherInformationAsked,
    FurtherWork,
)
from services.intake.applications.domain.requirements.sittings import cut_off_of
from services.intake.applications.domain.state import State


@dataclass(frozen=True)
class HearReturned:
    """Panel returned the application to its originator."""

    by: str
    defer_to: date | None
    reasons: tuple[Private, ...] = ()


def hear_returned(command: HearReturned, state: State, acting: Acting[Settings | None]) -> Sequence[ApplicationEvent]:
    """The form is a draft again, and expected at the sitting that the return named."""
    closes_at = cut_off_of(acting.settings, state.forum, command.defer_to)
    return [ApplicationReopened(command.by, command.defer_to, closes_at, command.reasons), *_void_unsigned(state)]


def _void_unsigned(state: State) -> Sequence[ApplicationEvent]:
    """A return ends a deferral: what was changed in it and not signed anew voids what was signed before (B6, D5)."""
    unsigned = state.signed_by is not None and state.changes_signed_by is None
    not_agreed = state.agreed_by is not None and state.changes_agreed_by is None
    if not state.changed or not (unsigned or not_agreed):
        return []
    return [AgreementVoided(", ".join(sorted(state.changed)), state.signed_by, state.agreed_by)]


@dataclass(frozen=True)
class HearDeferred:
    """Panel deferred the application and asks for further work."""

    decision: str
    work: tuple[FurtherWork, ...]
    next_sitting_on: date | None


def hear_deferred(command: HearDeferred, state: State, acting: Acting[Settings | None]) -> Sequence[ApplicationEvent]:
    """The form is open for answers to every piece of work that was asked for (S4 appendix 1)."""
    closes_at = cut_off_of(acting.settings, state.forum, command.next_sitting_on)
    return [FurtherInformationAsked(command.decision, command.work, command.next_sitting_on, closes_at)]


@dataclass(frozen=True)
class HearClosed:
    """Panel is done with the application."""

    outcome: Literal["AGREED", "NOT_AGREED", "WITHDRAWN"]
    decision: str | None


def hear_closed(command: HearClosed, state: State, acting: Acting[Settings | None]) -> Sequence[ApplicationEvent]:
    """Agreed to, not agreed to, or withdrawn: the form is over."""
    return [ApplicationClosed(command.outcome, command.decision)]


HeardFromPanel = HearReturned | HearDeferred | HearClosed

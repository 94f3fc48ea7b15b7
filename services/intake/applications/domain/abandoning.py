"""Giving an application up while it is the social worker's, in agreement with whoever waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from councils.settings import Settings
from ledger.decider import By, Private, not_allowed
from services.intake.applications.domain.events import (
    AbandonmentAgreed,
    ApplicationAbandoned,
    ApplicationEvent,
    ApplicationStarted,
)
from services.intake.applications.domain.state import State
from services.intake.applications.domain.whose import only_in_our_hands, only_its_social_workers


@dataclass(frozen=True)
class AgreeAbandonment:
    """Agree, as the manager of its service, that the application is given up."""

    by: By
    reason: str


def agree_abandonment(
    command: AgreeAbandonment, state: State, started: ApplicationStarted
) -> Sequence[ApplicationEvent]:
    """The application's own service manager agrees that it is given up (S4 §5; B11)."""
    if command.by.role != "service_manager" or command.by.service != started.service:
        raise not_allowed("NOT_ITS_SERVICE_MANAGER", "Only the manager of the application's own service may agree.")
    only_in_our_hands(state.stage)
    if state.abandonment_agreed_by is not None:
        return []
    return [AbandonmentAgreed(command.by.actor, command.by.role, Private(started.person, command.reason))]


@dataclass(frozen=True)
class AbandonApplication:
    """Give the application up while it is in the social worker's hands."""

    by: By
    settings: Settings
    reason: str
    at: datetime


def abandon(command: AbandonApplication, state: State, started: ApplicationStarted) -> Sequence[ApplicationEvent]:
    """Give the form up while it is the social worker's.

    What the panel has had before it, or expects, is withdrawn only in agreement with the service manager (S4 §5; B11);
    a form that nobody waits for is the social worker's own to give up.
    """
    only_its_social_workers(command.by, started)
    only_in_our_hands(state.stage)
    waited_for = state.times_submitted > 0 or state.expected is not None or state.agreed_by is not None
    agreement = command.settings.signatures_for(started.kind).agreed_by is not None
    if waited_for and agreement and state.abandonment_agreed_by is None:
        raise not_allowed(
            "WITHDRAWAL_NOT_AGREED", "An application is withdrawn only in agreement with its service manager (S4 §5)."
        )
    reason = Private(started.person, command.reason)
    return [
        ApplicationAbandoned(started.application, command.by.actor, state.abandonment_agreed_by, reason, command.at)
    ]

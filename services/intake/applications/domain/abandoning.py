"""Giving an application up while it is the social worker's, in agreement with whoever waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from councils.settings import Settings
from ledger.decider import Acting, Private, not_allowed
from services.intake.applications.domain.events import (
    AbandonmentAgreed,
    ApplicationAbandoned,
    ApplicationEvent,
)
from services.intake.applications.domain.state import State
from services.intake.applications.domain.whose import not_their_own, only_in_our_hands, only_its_social_workers


@dataclass(frozen=True)
class AgreeAbandonment:
    """Agree, as the manager of its service, that the application is given up."""

    reason: str


def agree_abandonment(command: AgreeAbandonment, state: State, acting: Acting[Settings]) -> Sequence[ApplicationEvent]:
    """The application's own service manager agrees that it is given up (S4 §5; B11)."""
    if acting.by.role != "service_manager" or acting.by.service != state.begun.service:
        raise not_allowed("NOT_ITS_SERVICE_MANAGER", "Only the manager of the application's own service may agree.")
    not_their_own(acting.by, state.begun)
    only_in_our_hands(state.stage)
    if state.abandonment_agreed_by is not None:
        return []
    return [AbandonmentAgreed(acting.by.actor, acting.by.role, Private(state.begun.person, command.reason))]


@dataclass(frozen=True)
class AbandonApplication:
    """Give the application up while it is in the social worker's hands."""

    reason: str


def abandon(command: AbandonApplication, state: State, acting: Acting[Settings]) -> Sequence[ApplicationEvent]:
    """Give the form up while it is the social worker's.

    What the panel has had before it, or expects, is withdrawn only in agreement with the service manager (S4 §5; B11);
    a form that nobody waits for is the social worker's own to give up.
    """
    only_its_social_workers(acting.by, state.begun)
    only_in_our_hands(state.stage)
    waited_for = state.times_submitted > 0 or state.expected is not None or state.agreed_by is not None
    agreement = acting.settings.signatures_for(state.begun.kind).agreed_by is not None
    if waited_for and agreement and state.abandonment_agreed_by is None:
        raise not_allowed(
            "WITHDRAWAL_NOT_AGREED", "An application is withdrawn only in agreement with its service manager (S4 §5)."
        )
    if waited_for and acting.by.actor == state.abandonment_agreed_by:
        raise not_allowed("SELF_APPROVAL", "Whoever agreed that it is given up does not give it up.")
    reason = Private(state.begun.person, command.reason)
    return [
        ApplicationAbandoned(state.begun.application, acting.by.actor, state.abandonment_agreed_by, reason, acting.at)
    ]

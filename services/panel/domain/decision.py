"""What becomes of one application in panel's hands: returned, withdrawn, deferred or decided, by whom and why."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, assert_never
from uuid import UUID

from councils.settings import Settings
from ledger.decider import By, Decider, Private, not_allowed, wrong_state
from services.panel.domain import out_of_panel, outside, terms
from services.panel.domain.agenda import ADMINISTRATOR, Candidate
from services.panel.domain.case import Answer, Case, Concerned, Route
from services.panel.domain.court import FilePlanWithCourt, PlanFiledWithCourt, file_plan
from services.panel.domain.ruling import (
    Agreed,
    DecideByDelegation,
    DecideByPanel,
    Decision,
    Deferred,
    DelegatedDecisionMade,
    NotAgreed,
    Ruling,
    by_delegation,
    by_panel,
)
from services.panel.domain.wording import Form, sentence

# Events ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Received:
    """A submitted and routed application came into panel's hands."""

    case: Case
    concerned: Concerned
    route: Route


@dataclass(frozen=True)
class RouteChanged:
    """Routing gave the application another way, because its cost changed."""

    application: UUID
    route: Route


@dataclass(frozen=True)
class FurtherInformationReceived:
    """The further work that a deferral asked for was answered; the cost stands as it now is.

    ``one_off_pence`` and ``consequence`` are None where nothing was said of them, and then they stand as they were.
    """

    application: UUID
    answers: tuple[Answer, ...]
    changed_sections: tuple[str, ...]
    weekly_pence: int
    given_by: str
    received_at: datetime
    one_off_pence: int | None = None
    consequence: Private | None = None


@dataclass(frozen=True)
class Returned:
    """An inaccurate or incomplete application went back to its originator, who is told why and for when (B5)."""

    application: UUID
    returned_by: str
    role: str
    returned_at: datetime
    reasons: tuple[Private, ...]
    defer_to: date | None


@dataclass(frozen=True)
class DeferredToSitting:
    """A returned application keeps its place at a named sitting: a fact of its own, never a panel's outcome (B5)."""

    application: UUID
    sitting_on: date


@dataclass(frozen=True)
class WithdrawalAgreed:
    """The relevant service manager agrees that the application is withdrawn (S4 §5)."""

    application: UUID
    agreed_by: str
    agreed_at: datetime
    reason: Private


@dataclass(frozen=True)
class Withdrawn:
    """The application was withdrawn from panel."""

    application: UUID
    withdrawn_by: str
    withdrawn_at: datetime
    agreed_by: str
    reason: Private


Event = (
    Received
    | RouteChanged
    | FurtherInformationReceived
    | Returned
    | DeferredToSitting
    | WithdrawalAgreed
    | Withdrawn
    | Decision
    | PlanFiledWithCourt
    | out_of_panel.Event
)

# Commands -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Receive:
    """Take a submitted and routed application into panel's hands."""

    received: Received


@dataclass(frozen=True)
class ReceiveFurtherInformation:
    """Note what was given for a deferral's further work."""

    given: FurtherInformationReceived


@dataclass(frozen=True)
class ReturnToOriginator:
    """Send an application back; ``defer_to`` names the sitting at which its place is kept."""

    by: By
    at: datetime
    reasons: tuple[str, ...]
    defer_to: date | None
    settings: Settings


@dataclass(frozen=True)
class AgreeWithdrawal:
    """Agree, as the service manager, to a withdrawal."""

    by: By
    at: datetime
    reason: str


@dataclass(frozen=True)
class Withdraw:
    """Withdraw the application from panel."""

    by: By
    at: datetime
    reason: str


Command = (
    Receive
    | ReceiveFurtherInformation
    | ReturnToOriginator
    | AgreeWithdrawal
    | Withdraw
    | DecideByPanel
    | DecideByDelegation
    | FilePlanWithCourt
    | out_of_panel.Command
)

# State ----------------------------------------------------------------------------------------------------------

Stage = Literal["unknown", "waiting", "returned", "withdrawn", "deferred", "agreed", "not_agreed"]
IN_HANDS: tuple[Stage, ...] = ("waiting", "deferred")


@dataclass(frozen=True)
class State:
    """Where the application stands; ``case``, ``concerned`` and ``route`` are there once it was received."""

    stage: Stage = "unknown"
    received: Received | None = None
    outstanding: frozenset[str] = frozenset()
    returns_on: date | None = None
    agreed_by: str = ""
    rulings: tuple[UUID, ...] = ()
    alone: tuple[Ruling, ...] = ()
    ruled_at: frozenset[UUID] = frozenset()
    decided_by_panel: bool = False
    filed: bool = False
    elsewhere: outside.State = field(default_factory=outside.State)

    @property
    def known(self) -> Received:
        """What was received; callers answer 404 before they ask about an application that never was."""
        if self.received is None:
            raise wrong_state("NOT_RECEIVED", "Panel has not received this application.")
        return self.received


def evolve(state: State, event: Event) -> State:
    """The state after one more event."""
    match event:
        case Received():
            arrived = replace(state.elsewhere, arrived=True)
            again = replace(state, stage="waiting", received=event, agreed_by="", elsewhere=arrived)
            return replace(again, decided_by_panel=False, filed=False)
        case RouteChanged():
            return replace(state, received=replace(state.known, route=event.route))
        case FurtherInformationReceived():
            answered = {answer.work for answer in event.answers}
            return replace(_informed(state, event), outstanding=state.outstanding - answered)
        case Returned():
            return replace(state, stage="returned", returns_on=None, outstanding=frozenset())
        case DeferredToSitting():
            return replace(state, returns_on=event.sitting_on)
        case WithdrawalAgreed():
            return replace(state, agreed_by=event.agreed_by)
        case Withdrawn():
            return replace(state, stage="withdrawn")
        case Deferred():
            outstanding = frozenset(work.work for work in event.further_work)
            ruled = _ruled(state, event.ruling, "deferred")
            heard_at = state.ruled_at | {event.sitting}
            return replace(ruled, outstanding=outstanding, returns_on=event.next_sitting_on, ruled_at=heard_at)
        case Agreed():
            return replace(_ruled(state, event.ruling, "agreed"), decided_by_panel=True)
        case NotAgreed():
            return replace(_ruled(state, event.ruling, "not_agreed"), decided_by_panel=True)
        case DelegatedDecisionMade():
            ruled = _ruled(state, event.ruling, "agreed" if event.outcome == "AGREED" else "not_agreed")
            return replace(ruled, alone=(*state.alone, event.ruling))
        case PlanFiledWithCourt():
            return replace(state, filed=True)
        case (
            out_of_panel.DecidedOutOfPanel()
            | out_of_panel.Ratified()
            | out_of_panel.NotRatified()
            | out_of_panel.ReplacementInPlace()
            | out_of_panel.AlarmRaised()
            | out_of_panel.RatificationSet()
            | out_of_panel.AuthorityConflictFound()
        ):
            return replace(state, elsewhere=outside.evolve(state.elsewhere, event))
        case _:
            assert_never(event)


def _ruled(state: State, ruling: Ruling, stage: Stage) -> State:
    return replace(state, stage=stage, rulings=(*state.rulings, ruling.decision))


def _informed(state: State, given: FurtherInformationReceived) -> State:
    known = state.known
    once = known.case.one_off_pence if given.one_off_pence is None else given.one_off_pence
    consequence = given.consequence or known.case.consequence
    case = replace(known.case, weekly_pence=given.weekly_pence, one_off_pence=once, consequence=consequence)
    return replace(state, received=replace(known, case=case))


# Rules ----------------------------------------------------------------------------------------------------------


def decide(command: Command, state: State) -> list[Event]:
    """What one command leads to. Raises Refused."""
    match command:
        case Receive():
            return _receive(command, state)
        case ReceiveFurtherInformation():
            return _receive_further_information(command, state)
        case ReturnToOriginator():
            return _return(command, state)
        case AgreeWithdrawal():
            return _agree_withdrawal(command, state)
        case Withdraw():
            return _withdraw(command, state)
        case DecideByPanel():
            require_in_hands(state)
            if command.item is not None and command.item.sitting in state.ruled_at:
                raise wrong_state("ALREADY_DECIDED", "This sitting has deferred the application; a later one hears it.")
            return [by_panel(command, state.known.case, state.known.concerned, state.known.route)]
        case DecideByDelegation():
            require_in_hands(state)
            return [by_delegation(command, state.known.case, state.known.concerned, state.known.route)]
        case FilePlanWithCourt():
            case, concerned = state.known.case, state.known.concerned
            filed = file_plan(command, case, concerned, decided_by_panel=state.decided_by_panel)
            return [] if state.filed else [filed]
        case (
            out_of_panel.DecideOutOfPanel()
            | out_of_panel.Ratify()
            | out_of_panel.NoteReplacement()
            | out_of_panel.RaiseAlarm()
            | out_of_panel.SetRatification()
            | out_of_panel.FindAuthorityConflict()
        ):
            of = state.received
            facts = (of.case, of.concerned, of.route) if of else (None, None, None)
            return [*outside.decide(command, state.elsewhere, *facts, state.alone)]
        case _:
            assert_never(command)


def candidate(application: UUID, state: State) -> Candidate:
    """The application as the agenda sees it. Raises Refused when nothing is left to be heard."""
    if state.stage in ("unknown", "returned"):
        return Candidate(application)
    require_in_hands(state)
    case, route = state.known.case, state.known.route
    return Candidate(application, case.received_at, route.route, route.forum or "", case.complex, state.returns_on)


def require_in_hands(state: State) -> None:
    """Panel may act on the application. Raises Refused when it is elsewhere or already decided (409)."""
    if state.stage in ("agreed", "not_agreed"):
        raise wrong_state("ALREADY_DECIDED", "This application has been decided.", stage=state.stage)
    if state.stage not in IN_HANDS:
        raise wrong_state("NOT_BEFORE_PANEL", "This application is not before panel now.", stage=state.stage)


def _receive(command: Receive, state: State) -> list[Event]:
    received = command.received
    if state.received is None or received.case.times_submitted > state.known.case.times_submitted:
        return [received]
    if state.stage in IN_HANDS and received.route != state.known.route:
        return [RouteChanged(received.case.application, received.route)]
    return []


def _receive_further_information(command: ReceiveFurtherInformation, state: State) -> list[Event]:
    require_in_hands(state)
    return [command.given]


def _return(command: ReturnToOriginator, state: State) -> list[Event]:
    if command.by.role not in (ADMINISTRATOR, "chair", "vice_chair"):
        raise not_allowed("ROLE_NOT_ALLOWED", "Only the panel administrator or the chair returns an application.")
    require_in_hands(state)
    case, person = state.known.case, state.known.concerned.person
    form = Form(person)
    reasons = form.sentences("/reasons", command.reasons, "REASONS_MISSING", "Say why it is returned")
    form.refuse_if_failing()
    if command.defer_to is not None:
        terms.require_sitting_day(terms.forum_of(state.known.route, command.settings), command.defer_to)
        terms.require_ahead("/defer_to", command.defer_to, command.at)
    returned = Returned(
        application=case.application,
        returned_by=command.by.actor,
        role=command.by.role,
        returned_at=command.at,
        reasons=reasons,
        defer_to=command.defer_to,
    )
    kept = [] if command.defer_to is None else [DeferredToSitting(case.application, command.defer_to)]
    return [returned, *kept]


def _agree_withdrawal(command: AgreeWithdrawal, state: State) -> list[Event]:
    concerned = state.known.concerned
    if command.by.role != "service_manager" or command.by.actor != concerned.service_manager:
        raise not_allowed("NOT_THE_SERVICE_MANAGER", "Only the application's own service manager agrees (S4 §5).")
    require_in_hands(state)
    if state.agreed_by:
        return []
    reason = sentence(concerned.person, "/reason", command.reason, "REASONS_MISSING", "Say why it may be withdrawn")
    return [WithdrawalAgreed(state.known.case.application, command.by.actor, command.at, reason)]


def _withdraw(command: Withdraw, state: State) -> list[Event]:
    concerned = state.known.concerned
    if command.by.actor not in (concerned.originator, concerned.team_manager):
        raise not_allowed("NOT_THE_ORIGINATOR", "Only its social worker or team manager withdraws an application.")
    require_in_hands(state)
    if not state.agreed_by:
        raise not_allowed(
            "WITHDRAWAL_NOT_AGREED", "An application is withdrawn only in agreement with its service manager (S4 §5)."
        )
    reason = sentence(concerned.person, "/reason", command.reason, "REASONS_MISSING", "Say why it is withdrawn")
    application = state.known.case.application
    return [Withdrawn(application, command.by.actor, command.at, state.agreed_by, reason)]


DECIDER: Decider[Command, State, Event] = Decider(State(), evolve, decide)

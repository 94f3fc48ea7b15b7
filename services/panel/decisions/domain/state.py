"""Where one application in panel's hands stands, and every decision outside a panel about it."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, assert_never
from uuid import UUID

from ledger.decider import wrong_state
from services.panel.decisions.domain.events import (
    Agreed,
    AlarmRaised,
    AuthorityConflictFound,
    DecidedOutOfPanel,
    Deferred,
    DeferredToSitting,
    DelegatedDecisionMade,
    Event,
    FamilyMemberTakenOut,
    FurtherInformationReceived,
    NotAgreed,
    NotRatified,
    OutOfPanelEvent,
    PlanFiledWithCourt,
    RatificationSet,
    Ratified,
    Received,
    ReplacementInPlace,
    Returned,
    RouteChanged,
    Ruling,
    WithdrawalAgreed,
    Withdrawn,
)
from services.panel.known.domain.case import Case, Concerned, Route

Stage = Literal["unknown", "waiting", "returned", "withdrawn", "deferred", "agreed", "not_agreed"]


IN_HANDS: tuple[Stage, ...] = ("waiting", "deferred")


Made = DecidedOutOfPanel | AuthorityConflictFound
"""What a panel is to ratify: a decision outside it, or one by an officer whose authority had ended."""


@dataclass(frozen=True)
class Outside:
    """One decision outside a panel, and where it stands; ``ratify_on`` is the sitting that it waits for."""

    made: Made
    ratify_on: date | None = None
    outcome: Literal["waiting", "ratified", "not_ratified"] = "waiting"
    outcome_by: str = ""
    replaced: bool = False
    alarms: frozenset[tuple[str, datetime]] = frozenset()


@dataclass(frozen=True)
class Elsewhere:
    """Every decision outside a panel about one application, and whether that application has arrived."""

    made: tuple[Outside, ...] = ()
    arrived: bool = False

    def of(self, decision: UUID) -> Outside:
        """One of them. Raises Refused."""
        for one in self.made:
            if one.made.decision == decision:
                return one
        raise wrong_state("NOT_OUT_OF_PANEL", "No such decision was made outside a panel about this application.")


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
    elsewhere: Elsewhere = field(default_factory=Elsewhere)

    @property
    def known(self) -> Received:
        """What was received; callers answer 404 before they ask about an application that never was."""
        if self.received is None:
            raise wrong_state("NOT_RECEIVED", "Panel has not received this application.")
        return self.received

    @property
    def case(self) -> Case | None:
        """The application as submitted, once panel has it."""
        return self.received.case if self.received else None

    @property
    def concerned(self) -> Concerned | None:
        """Whom it concerns, once panel has it."""
        return self.received.concerned if self.received else None

    @property
    def route(self) -> Route | None:
        """The way that routing gave it, once panel has it."""
        return self.received.route if self.received else None


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
        case FamilyMemberTakenOut():
            family = tuple(one for one in state.known.concerned.family if one.party != event.party)
            concerned = replace(state.known.concerned, family=family)
            return replace(state, received=replace(state.known, concerned=concerned))
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
            DecidedOutOfPanel()
            | Ratified()
            | NotRatified()
            | ReplacementInPlace()
            | AlarmRaised()
            | RatificationSet()
            | AuthorityConflictFound()
        ):
            return replace(state, elsewhere=_elsewhere(state.elsewhere, event))
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


def _elsewhere(state: Elsewhere, event: OutOfPanelEvent) -> Elsewhere:
    """The decisions outside a panel after one more event about them."""
    match event:
        case DecidedOutOfPanel() | AuthorityConflictFound():
            return replace(state, made=(*state.made, Outside(event, event.ratify_on)))
        case RatificationSet():
            return _changed(state, event.decision, ratify_on=event.ratify_on)
        case Ratified():
            return _changed(state, event.decision, outcome="ratified", outcome_by=event.ratified_by)
        case NotRatified():
            return _changed(state, event.decision, outcome="not_ratified", outcome_by=event.refused_by)
        case ReplacementInPlace():
            return _changed(state, event.decision, replaced=True)
        case AlarmRaised():
            one = state.of(event.decision)
            raised = one.alarms | {(event.code, event.fell_due_at)}
            again = {"outcome": "waiting"} if event.ratifies_anew else {}
            return _changed(state, event.decision, alarms=raised, ratify_on=event.ratify_on or one.ratify_on, **again)
        case _:
            assert_never(event)


def _changed(state: Elsewhere, decision: UUID, **changes: object) -> Elsewhere:
    changed = (replace(one, **changes) if one.made.decision == decision else one for one in state.made)
    return replace(state, made=tuple(changed))


def require_in_hands(state: State) -> None:
    """Panel may act on the application. Raises Refused when it is elsewhere or already decided (409)."""
    if state.stage in ("agreed", "not_agreed"):
        raise wrong_state("ALREADY_DECIDED", "This application has been decided.", stage=state.stage)
    if state.stage not in IN_HANDS:
        raise wrong_state("NOT_BEFORE_PANEL", "This application is not before panel now.", stage=state.stage)

"""Deciding outside a panel: in an emergency, for a short period, at a risk to life (S4 §9, §12 NB)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import assert_never
from uuid import UUID

from councils import calendar
from councils.guards import Warned
from councils.settings import OutOfPanel, Settings
from councils.texts import says_something
from ledger.decider import Acting, Failing, Private, not_allowed, rule_broken
from services.panel.decisions.domain.events import Basis, DecidedOutOfPanel, Event
from services.panel.decisions.domain.out_of_panel.following_sitting import ratification
from services.panel.decisions.domain.requirements import out_of_panel as asks
from services.panel.decisions.domain.ruling import require_not_own
from services.panel.decisions.domain.state import State
from services.panel.known.domain.case import Concerned
from services.panel.known.domain.days import not_ahead
from services.panel.known.domain.requirements import require
from services.panel.known.domain.wording import either, private_or_none


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
    """Decide outside a panel, under the settings in force; None where this service has heard of none.

    ``stages`` are the forum's sittings from today on, by day; ``adviser_role`` is the role that routing appointed the
    named adviser to, None where we heard of no appointment; ``originator`` is who began its draft, where we heard of
    one.
    """

    decision: UUID
    application: UUID
    basis: Basis
    asked: Asked
    stages: Mapping[date, str] = field(default_factory=dict[date, str])
    adviser_role: str | None = None
    originator: str | None = None


def decide_out_of_panel(command: DecideOutOfPanel, state: State, acting: Acting[Settings | None]) -> list[Event]:
    """Decide by the rules of each basis, also for an application that panel does not have yet. Raises Refused."""
    settings, asked, case = acting.settings, command.asked, state.case
    rules = settings.out_of_panel if settings else OutOfPanel()
    person = _person(asked, state.concerned)
    _require_decider(command, state, acting, rules)
    warned = require(
        settings,
        (
            *asks.person_missing(person),
            *_of_its_basis(command, state, acting, rules),
            *asks.need_missing(asked.need),
            *asks.decision_missing(asked.words),
        ),
        kind=case.kind if case else "",
        facts={
            "NOT_EXCEPTIONAL": {"grounds": list(rules.grounds)},
        },
    )
    assert person is not None, "asked for above"
    forum, ratify_on = ratification(settings, state.route, acting.at, command.stages)
    return [
        DecidedOutOfPanel(
            decision=command.decision,
            application=command.application,
            person=person,
            basis=command.basis,
            grounds=asked.grounds,
            need=Private(person, asked.need),
            words=Private(person, asked.words),
            decided_by=acting.by.actor,
            decided_role=acting.by.role,
            decided_at=acting.at,
            weekly_pence=asked.weekly_pence if asked.weekly_pence is not None or case is None else case.weekly_pence,
            one_off_pence=(
                asked.one_off_pence if asked.one_off_pence is not None or case is None else case.one_off_pence
            ),
            high_cost_weekly_pence=rules.high_cost_weekly_pence,
            advised_by=_advised_by(command, rules, acting),
            advice=private_or_none(person, asked.advice),
            ends_on=asked.ends_on,
            application_due_at=_application_due_at(command.basis, state, rules, acting.at),
            forum=forum,
            ratify_on=ratify_on,
            settings_version=settings.version if settings else None,
            warned=(*warned, *_not_heard(command, rules, acting)),
        )
    ]


def _person(asked: Asked, concerned: Concerned | None) -> str | None:
    """Whom it is about: as the application says, once panel has it. Raises Refused."""
    if concerned is None:
        return asked.person
    if asked.person not in (None, concerned.person):
        raise rule_broken("OTHER_PERSON", "The application is about another person.")
    return concerned.person


def _require_decider(
    command: DecideOutOfPanel, state: State, acting: Acting[Settings | None], rules: OutOfPanel
) -> None:
    """Whose it is to decide on each basis, and never their own application. Raises Refused."""
    match command.basis:
        case "RISK_TO_LIFE":
            _require_role(acting, rules.risk_to_life_by)
            return
        case "SHORT_PERIOD":
            _require_role(acting, rules.high_cost_by)
        case "EMERGENCY":
            _require_role(acting, tuple(dict.fromkeys((*rules.normal_cost_by, *rules.high_cost_by))))
            _require_authority(acting, rules, _costs(command, state))
        case _:
            assert_never(command.basis)
    require_not_own(acting.by, state, command.originator)


def _require_role(acting: Acting[Settings | None], roles: tuple[str, ...]) -> None:
    role = acting.by.role
    if role not in roles:
        raise not_allowed("ROLE_NOT_ALLOWED", f"Only {either(roles)} decides this outside a panel (S4 §9).", role=role)


def _costs(command: DecideOutOfPanel, state: State) -> list[int]:
    """What is stated a week, and what the application says."""
    stated = (command.asked.weekly_pence, state.case.weekly_pence if state.case else None)
    return [cost for cost in stated if cost is not None]


def _require_authority(acting: Acting[Settings | None], rules: OutOfPanel, costs: list[int]) -> None:
    """Who decides follows from the cost, the higher one where the application's differs. Raises Refused."""
    if not costs:
        return
    high = max(costs) >= rules.high_cost_weekly_pence
    if high and acting.by.role not in rules.high_cost_by:
        raise not_allowed(
            "HIGH_COST",
            f"At a high cost only {either(rules.high_cost_by)} decides outside a panel (S4 §9).",
            weekly_pence=max(costs),
            high_cost_weekly_pence=rules.high_cost_weekly_pence,
        )
    if not high:
        _require_role(acting, rules.normal_cost_by)


def _of_its_basis(
    command: DecideOutOfPanel, state: State, acting: Acting[Settings | None], rules: OutOfPanel
) -> Iterator[Failing]:
    """What an emergency and a short period ask for; at a risk to life "there will be no delay", so nothing is asked."""
    asked = command.asked
    if command.basis == "EMERGENCY":
        adviser = _advised_by(command, rules, acting)
        yield from asks.cost_missing(_costs(command, state))
        yield from asks.not_exceptional(asked.grounds, rules)
        yield from asks.advice_missing(adviser, rules)
        if adviser not in (None, acting.by.actor):
            yield from asks.advice_of_another_role(command.adviser_role, rules)
    elif command.basis == "SHORT_PERIOD":
        yield from asks.short_period_end_missing(asked.ends_on)
        yield from not_ahead("/ends_on", asked.ends_on, acting.at)
        yield from asks.period_not_short(asked.ends_on, acting.at, rules)


def _advised_by(command: DecideOutOfPanel, rules: OutOfPanel, acting: Acting[Settings | None]) -> str | None:
    """Who advised: whoever is named together with their advice, or the decider whose part it is to advise.

    Nobody takes their own advice whose part it is not.
    """
    named, own = command.asked.advised_by, acting.by.role in rules.advice_from
    if named and says_something(command.asked.advice or "") and (own or named != acting.by.actor):
        return named
    return acting.by.actor if own else None


def _not_heard(command: DecideOutOfPanel, rules: OutOfPanel, acting: Acting[Settings | None]) -> tuple[Warned, ...]:
    """An adviser whose appointment is still on its way is taken, and the record says so (E6)."""
    adviser = _advised_by(command, rules, acting) if command.basis == "EMERGENCY" else None
    if adviser in (None, acting.by.actor) or command.adviser_role is not None:
        return ()
    return (Warned("ADVISER_NOT_HEARD", "warn"),)


def _application_due_at(basis: Basis, state: State, rules: OutOfPanel, at: datetime) -> datetime | None:
    """The application follows at once: so many working days after the day itself, at that time of day (E7).

    That is due after a decision at a risk to life alone, where there is none yet: a short period has its end (E5).
    """
    if basis != "RISK_TO_LIFE" or state.elsewhere.arrived:
        return None
    day = calendar.london_date(at)
    due = rules.application_due
    if due.working_days:
        day = calendar.working_days_after(day, due.working_days)
    return calendar.london(day, due.time)


def short_period_ends_at(made: DecidedOutOfPanel) -> datetime | None:
    """When the last day of a short period begins in London: from then on, without an application, it is an alarm."""
    if made.ends_on is None or made.basis != "SHORT_PERIOD":
        return None
    return calendar.london(made.ends_on, time())

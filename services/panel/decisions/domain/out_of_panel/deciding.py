"""Deciding outside a panel: in an emergency, for a short period, at a risk to life."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import assert_never
from uuid import UUID

from councils import calendar
from councils.settings import OutOfPanel, Settings
from ledger.decider import By, Failing, Private, not_allowed, rule_broken
from services.panel.decisions.domain.events import Basis, DecidedOutOfPanel, Event
from services.panel.decisions.domain.out_of_panel.following_sitting import ratification
from services.panel.decisions.domain.out_of_panel.requirements import require_not_own, require_role
from services.panel.decisions.domain.state import State
from services.panel.known.domain.case import Case, Concerned
from services.panel.known.domain.guards import Guards
from services.panel.known.domain.terms import require_ahead
from services.panel.known.domain.wording import Form, either


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


def decide_out_of_panel(command: DecideOutOfPanel, state: State) -> list[Event]:
    """Decide by the rules of each basis, also for an application that panel does not have yet. Raises Refused."""
    case, concerned = state.case, state.concerned
    rules = command.settings.out_of_panel if command.settings else OutOfPanel()
    guards = Guards(command.settings.guards if command.settings else {})
    asked, person = command.asked, _person(command.asked, concerned)
    match command.basis:
        case "RISK_TO_LIFE":
            # "Where there is immediate substantial risk to life, there will be no delay": nothing else is asked.
            require_role(command.by, rules.risk_to_life_by)
        case "SHORT_PERIOD":
            require_role(command.by, rules.high_cost_by)
            require_not_own(command.by, concerned)
            _require_end(command, rules, guards)
        case "EMERGENCY":
            _require_authority(command, rules, case)
            require_not_own(command.by, concerned)
            _require_exceptional(command, rules, guards)
        case _:
            assert_never(command.basis)
    need, words = _said(person, asked)
    forum, ratify_on = ratification(command.settings, state.route, command.at, command.stages)
    decided = DecidedOutOfPanel(
        decision=command.decision,
        application=command.application,
        person=person,
        basis=command.basis,
        grounds=asked.grounds,
        need=need,
        words=words,
        decided_by=command.by.actor,
        decided_role=command.by.role,
        decided_at=command.at,
        weekly_pence=asked.weekly_pence if asked.weekly_pence is not None or case is None else case.weekly_pence,
        one_off_pence=asked.one_off_pence if asked.one_off_pence is not None or case is None else case.one_off_pence,
        high_cost_weekly_pence=rules.high_cost_weekly_pence,
        advised_by=_advised_by(command, rules),
        advice=Private(person, asked.advice.strip()) if asked.advice and asked.advice.strip() else None,
        ends_on=asked.ends_on,
        application_due_at=None if state.elsewhere.arrived else _application_due_at(rules, command.at),
        forum=forum,
        ratify_on=ratify_on,
        settings_version=command.settings.version if command.settings else None,
        warned=guards.warned,
    )
    return [decided]


def _person(asked: Asked, concerned: Concerned | None) -> str:
    """Whom it is about: as the application says, once panel has it. Raises Refused."""
    if concerned is not None:
        if asked.person not in (None, concerned.person):
            raise rule_broken("OTHER_PERSON", "The application is about another person.")
        return concerned.person
    if asked.person is None:
        sentence = "Panel does not have this application yet, so say whom the decision is about."
        raise rule_broken("PERSON_MISSING", sentence, failing=[Failing("/person", "PERSON_MISSING", sentence)])
    return asked.person


def _said(person: str, asked: Asked) -> tuple[Private, Private]:
    """What was found and what is decided, neither of them blank. Raises Refused."""
    form = Form(person)
    if not asked.need.strip():
        form.failing.append(Failing("/need", "NEED_MISSING", "Say what the emergency or the risk is."))
    if not asked.words.strip():
        form.failing.append(Failing("/decision", "DECISION_MISSING", "Say what is decided."))
    form.refuse_if_failing()
    return Private(person, asked.need.strip()), Private(person, asked.words.strip())


def _require_authority(command: DecideOutOfPanel, rules: OutOfPanel, case: Case | None) -> None:
    """Who decides follows from the cost, the higher one where the application's differs. Raises Refused."""
    require_role(command.by, tuple(dict.fromkeys((*rules.normal_cost_by, *rules.high_cost_by))))
    stated = [command.asked.weekly_pence, case.weekly_pence if case else None]
    costs = [cost for cost in stated if cost is not None]
    if not costs:
        sentence = "Say what it costs a week: who may decide depends on it."
        raise rule_broken("COST_MISSING", sentence, failing=[Failing("/weekly_pence", "COST_MISSING", sentence)])
    if max(costs) >= rules.high_cost_weekly_pence and command.by.role not in rules.high_cost_by:
        raise not_allowed(
            "HIGH_COST",
            f"At a high cost only {either(rules.high_cost_by)} decides outside a panel (S4 §9).",
            weekly_pence=max(costs),
            high_cost_weekly_pence=rules.high_cost_weekly_pence,
        )
    if command.by.role not in rules.normal_cost_by and max(costs) < rules.high_cost_weekly_pence:
        require_role(command.by, rules.normal_cost_by)


def _require_exceptional(command: DecideOutOfPanel, rules: OutOfPanel, guards: Guards) -> None:
    """An emergency care need, with the service manager's advice: a missed cut-off alone is neither (E6)."""
    if not set(command.asked.grounds) & set(rules.grounds) and guards.refuses("NOT_EXCEPTIONAL"):
        raise rule_broken(
            "NOT_EXCEPTIONAL",
            "Outside a panel is for an emergency care need; having missed the cut-off is none (S4 §9).",
            grounds=list(rules.grounds),
        )
    adviser = _advised_by(command, rules)
    if adviser is None and guards.refuses("ADVICE_MISSING"):
        raise rule_broken(
            "ADVICE_MISSING", f"Record the advice of {either(rules.advice_from)}, and who gave it (S4 §5)."
        )
    appointed = adviser in (None, command.by.actor) or command.adviser_role in rules.advice_from
    if not appointed and guards.refuses("ADVICE_MISSING"):
        raise rule_broken(
            "ADVISER_ROLE",
            f"The advice is {either(rules.advice_from)}'s to give; who is named is not appointed to that (S4 §5).",
            officer=adviser,
            advice_from=list(rules.advice_from),
        )


def _advised_by(command: DecideOutOfPanel, rules: OutOfPanel) -> str | None:
    """Who advised: whoever is named together with their advice, or the decider whose part it is to advise.

    Nobody takes their own advice whose part it is not.
    """
    named, own = command.asked.advised_by, command.by.role in rules.advice_from
    if named and (command.asked.advice or "").strip() and (own or named != command.by.actor):
        return named
    return command.by.actor if own else None


def _require_end(command: DecideOutOfPanel, rules: OutOfPanel, guards: Guards) -> None:
    """A short period has an end that lies ahead, and not too far (S4 §12 NB; E5). Raises Refused."""
    ends_on = command.asked.ends_on
    if ends_on is None:
        sentence = "A decision for a short period says on which day it ends."
        if guards.refuses("SHORT_PERIOD_END_MISSING"):
            failing = [Failing("/ends_on", "SHORT_PERIOD_END_MISSING", sentence)]
            raise rule_broken("SHORT_PERIOD_END_MISSING", sentence, failing=failing)
        return
    require_ahead("/ends_on", ends_on, command.at)
    if ends_on > calendar.london_date(command.at) + rules.short_period_days * calendar.DAY:
        sentence = f"A short period ends within {rules.short_period_days} days here."
        raise rule_broken("PERIOD_NOT_SHORT", sentence, failing=[Failing("/ends_on", "PERIOD_NOT_SHORT", sentence)])


def _application_due_at(rules: OutOfPanel, at: datetime) -> datetime:
    """The application follows at once: so many working days after the day itself, at that time of day (E7)."""
    day = calendar.london_date(at)
    due = rules.application_due
    if due.working_days:
        day = calendar.working_days_after(day, due.working_days)
    return calendar.london(day, due.time)


def short_period_ends_at(made: DecidedOutOfPanel) -> datetime | None:
    """When the last day of a short period begins in London: from then on, without an application, it is an alarm."""
    return calendar.london(made.ends_on, time()) if made.ends_on else None

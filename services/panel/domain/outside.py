"""Decisions outside a panel: an emergency, a short period, a risk to life; and what the panel then makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Literal, assert_never
from uuid import UUID

from councils import calendar
from councils.settings import OutOfPanel, Settings
from ledger.decider import By, Failing, Private, not_allowed, rule_broken, wrong_state
from services.panel.domain import terms
from services.panel.domain.case import Case, Concerned, Route
from services.panel.domain.guards import Guards
from services.panel.domain.out_of_panel import (
    AlarmRaised,
    Asked,
    AuthorityConflictFound,
    Command,
    DecidedOutOfPanel,
    DecideOutOfPanel,
    Event,
    FindAuthorityConflict,
    NoteReplacement,
    NotRatified,
    RaiseAlarm,
    RatificationSet,
    Ratified,
    Ratify,
    ReplacementInPlace,
    SetRatification,
)
from services.panel.domain.ruling import Ruling
from services.panel.domain.wording import Form, either

ARRANGING = ("social_worker", "team_manager", "service_manager", "head_of_service", "director_csw")
"""Who may say that other support is in place while no application says whose officers those are; our default."""

# State ----------------------------------------------------------------------------------------------------------

Made = DecidedOutOfPanel | AuthorityConflictFound
"""What a panel is to ratify: a decision outside it, or one by an officer whose authority had ended."""


@dataclass(frozen=True)
class Outside:
    """One decision outside a panel, and where it stands; ``ratify_on`` is the sitting that it waits for."""

    made: Made
    ratify_on: date | None = None
    outcome: Literal["waiting", "ratified", "not_ratified"] = "waiting"
    replaced: bool = False
    alarms: frozenset[tuple[str, datetime]] = frozenset()


@dataclass(frozen=True)
class State:
    """Every decision outside a panel about one application, and whether that application has arrived."""

    made: tuple[Outside, ...] = ()
    arrived: bool = False

    def of(self, decision: UUID) -> Outside:
        """One of them. Raises Refused."""
        for one in self.made:
            if one.made.decision == decision:
                return one
        raise wrong_state("NOT_OUT_OF_PANEL", "No such decision was made outside a panel about this application.")


def evolve(state: State, event: Event) -> State:
    """The state after one more event."""
    match event:
        case DecidedOutOfPanel() | AuthorityConflictFound():
            return replace(state, made=(*state.made, Outside(event, event.ratify_on)))
        case RatificationSet():
            return _changed(state, event.decision, ratify_on=event.ratify_on)
        case Ratified():
            return _changed(state, event.decision, outcome="ratified")
        case NotRatified():
            return _changed(state, event.decision, outcome="not_ratified")
        case ReplacementInPlace():
            return _changed(state, event.decision, replaced=True)
        case AlarmRaised():
            one = state.of(event.decision)
            raised = one.alarms | {(event.code, event.fell_due_at)}
            return _changed(state, event.decision, alarms=raised, ratify_on=event.ratify_on or one.ratify_on)
        case _:
            assert_never(event)


def _changed(state: State, decision: UUID, **changes: object) -> State:
    changed = (replace(one, **changes) if one.made.decision == decision else one for one in state.made)
    return replace(state, made=tuple(changed))


# Rules ----------------------------------------------------------------------------------------------------------


def decide(
    command: Command,
    state: State,
    case: Case | None,
    concerned: Concerned | None,
    route: Route | None,
    alone: tuple[Ruling, ...] = (),
) -> list[Event]:
    """What one command leads to; ``case``, ``concerned`` and ``route`` are there once panel has the application.

    ``alone`` is what officers decided about it within their own authority.
    """
    match command:
        case DecideOutOfPanel():
            return [_decide(command, state, case, concerned, route)]
        case Ratify():
            return [_ratify(command, state.of(command.decision), concerned)]
        case NoteReplacement():
            return _replace(command, state.of(command.decision), concerned)
        case RaiseAlarm():
            return _raise_alarm(command, state)
        case SetRatification():
            return _set_ratification(command, state.of(command.decision), route)
        case FindAuthorityConflict():
            known = {one.made.decision for one in state.made}
            return [_conflict(command, ruling, route) for ruling in alone if _conflicts(command, ruling, known)]
        case _:
            assert_never(command)


def _decide(
    command: DecideOutOfPanel, state: State, case: Case | None, concerned: Concerned | None, route: Route | None
) -> DecidedOutOfPanel:
    rules = command.settings.out_of_panel if command.settings else OutOfPanel()
    guards = Guards(command.settings.guards if command.settings else {})
    asked, person = command.asked, _person(command.asked, concerned)
    match command.basis:
        case "RISK_TO_LIFE":
            # "Where there is immediate substantial risk to life, there will be no delay": nothing else is asked.
            _require_role(command.by, rules.risk_to_life_by)
        case "SHORT_PERIOD":
            _require_role(command.by, rules.high_cost_by)
            _require_not_own(command.by, concerned)
            _require_end(command, rules, guards)
        case "EMERGENCY":
            _require_authority(command, rules, case)
            _require_not_own(command.by, concerned)
            _require_exceptional(command, rules, guards)
        case _:
            assert_never(command.basis)
    need, words = _said(person, asked)
    forum, ratify_on = _ratification(command.settings, route, command.at, command.stages)
    return DecidedOutOfPanel(
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
        application_due_at=None if state.arrived else _application_due_at(rules, command.at),
        forum=forum,
        ratify_on=ratify_on,
        settings_version=command.settings.version if command.settings else None,
        warned=guards.warned,
    )


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


def _require_role(by: By, roles: tuple[str, ...]) -> None:
    if by.role not in roles:
        raise not_allowed(
            "ROLE_NOT_ALLOWED", f"Only {either(roles)} decides this outside a panel (S4 §9).", role=by.role
        )


def _require_not_own(by: By, concerned: Concerned | None) -> None:
    if concerned is not None and by.actor == concerned.originator:
        raise not_allowed("SELF_APPROVAL", "Nobody decides their own application (S0).")


def _require_authority(command: DecideOutOfPanel, rules: OutOfPanel, case: Case | None) -> None:
    """Who decides follows from the cost, the higher one where the application's differs. Raises Refused."""
    _require_role(command.by, tuple(dict.fromkeys((*rules.normal_cost_by, *rules.high_cost_by))))
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
        _require_role(command.by, rules.normal_cost_by)


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
    terms.require_ahead("/ends_on", ends_on, command.at)
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


def _ratification(
    settings: Settings | None, route: Route | None, at: datetime, stages: Mapping[date, str]
) -> tuple[str | None, date | None]:
    """The forum that ratifies, and its first sitting that has not begun (E2)."""
    if settings is None or not settings.forums:
        return None, None
    code = ratifying_forum(settings, route)
    return code, terms.next_to_open(settings.forums[code], at, stages)


def _set_ratification(command: SetRatification, outside: Outside, route: Route | None) -> list[Event]:
    forum, ratify_on = _ratification(command.settings, route, command.at, command.stages)
    if outside.ratify_on is not None or outside.outcome != "waiting" or forum is None or ratify_on is None:
        return []
    made = outside.made
    return [RatificationSet(made.application, made.decision, forum, ratify_on, command.settings.version)]


def _conflicts(command: FindAuthorityConflict, ruling: Ruling, known: set[UUID]) -> bool:
    """Authority ends with its last moment excluded, so what was decided at that very moment lacked it (A6)."""
    later = ruling.decided_at >= command.ended_at
    return later and ruling.decided_by == command.officer and ruling.decision not in known


def _conflict(command: FindAuthorityConflict, ruling: Ruling, route: Route | None) -> AuthorityConflictFound:
    rules = command.settings.out_of_panel if command.settings else OutOfPanel()
    forum, ratify_on = _ratification(command.settings, route, command.at, command.stages)
    return AuthorityConflictFound(
        application=ruling.application,
        decision=ruling.decision,
        person=ruling.concerned.person,
        decided_by=ruling.decided_by,
        decided_role=ruling.decided_role,
        decided_at=ruling.decided_at,
        weekly_pence=ruling.weekly_pence,
        ended_at=command.ended_at,
        noticed_at=command.at,
        roles=rules.high_cost_by,
        forum=forum,
        ratify_on=ratify_on,
        settings_version=command.settings.version if command.settings else None,
    )


def ratifying_forum(settings: Settings, route: Route | None) -> str:
    """The forum the application was routed to, else the one to which applications are submitted, else the first."""
    for code in (route.forum if route else None, settings.submitted_to):
        if code is not None and code in settings.forums:
            return code
    return next(iter(settings.forums))


def _ratify(command: Ratify, outside: Outside, concerned: Concerned | None) -> Event:
    item, made = command.item, outside.made
    if item is None or item.opened_at >= command.at:
        raise wrong_state("ITEM_NOT_OPEN", "A panel ratifies while it hears the application, in an open sitting.")
    if not item.records(command.by):
        raise not_allowed("ROLE_NOT_ALLOWED", "Only the chair or vice chair records what the panel decided.")
    _require_not_own(command.by, concerned)
    if outside.outcome != "waiting":
        raise wrong_state("ALREADY_RATIFIED", "The panel has already said what it makes of this decision.")
    form = Form(made.person)
    match command.outcome:
        case "RATIFIED":
            reasons = form.texts(command.reasons)
            return Ratified(
                made.application, made.decision, item.sitting, command.by.actor, command.by.role, command.at, reasons
            )
        case "NOT_RATIFIED":
            reasons, needed = form.refusal(command.reasons, command.needed)
            form.refuse_if_failing()
            return NotRatified(
                application=made.application,
                decision=made.decision,
                sitting=item.sitting,
                refused_by=command.by.actor,
                role=command.by.role,
                refused_at=command.at,
                reasons=reasons,
                needed=needed,
            )
        case _:
            raise rule_broken("OUTCOME_UNKNOWN", "A panel's word on such a decision is RATIFIED or NOT_RATIFIED.")


def _replace(command: NoteReplacement, outside: Outside, concerned: Concerned | None) -> list[Event]:
    made = outside.made
    _require_arranging(command.by, made, concerned)
    if outside.outcome != "not_ratified":
        raise wrong_state(
            "NOTHING_TO_REPLACE", "Only what a panel did not ratify is replaced.", outcome=outside.outcome
        )
    if outside.replaced:
        return []
    if not command.words.strip():
        raise rule_broken("REPLACEMENT_MISSING", "Say which support is in place now.")
    words = Private(made.person, command.words.strip())
    return [ReplacementInPlace(made.application, made.decision, command.by.actor, command.at, words)]


def _require_arranging(by: By, made: Made, concerned: Concerned | None) -> None:
    """Support ends with a replacement, so its own officers note one, or whoever decided. Raises Refused (E4)."""
    if concerned is None:
        its_own = by.role in ARRANGING
    else:
        its_own = by.actor in (concerned.originator, concerned.team_manager, concerned.service_manager)
    if not its_own and by.actor != made.decided_by:
        raise not_allowed(
            "NOT_THE_ORIGINATOR", "Its social worker, its managers, or whoever decided it notes what is in place now."
        )


def _raise_alarm(command: RaiseAlarm, state: State) -> list[Event]:
    outside = state.of(command.decision)
    met = outside.outcome != "waiting" if command.code == "RATIFICATION_OVERDUE" else state.arrived
    if met or (command.code, command.fell_due_at) in outside.alarms:
        return []
    return [
        AlarmRaised(
            application=outside.made.application,
            decision=command.decision,
            code=command.code,
            fell_due_at=command.fell_due_at,
            noticed_at=command.at,
            officers=command.officers,
            roles=command.roles,
            sitting=command.sitting,
            ratify_on=command.ratify_on,
        )
    ]


def short_period_ends_at(made: DecidedOutOfPanel) -> datetime | None:
    """When the last day of a short period begins in London: from then on, without an application, it is an alarm."""
    return calendar.london(made.ends_on, time()) if made.ends_on else None

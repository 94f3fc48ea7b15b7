"""The stream `route-<application>`: which way an application takes, and which row of which settings says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, assert_never

from councils.calendar import is_in_time, next_sitting
from councils.facts import Facts
from councils.scheme import Exclusion, Routing, exception_to, route
from councils.settings import Settings
from councils.texts import says_something
from ledger.decider import Acting, Decider, Private, not_allowed, not_found, rule_broken, wrong_state

# --- Events ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """A route with everything that led to it: settings version, table, row, exclusions, and what they were shown."""

    route: str
    forum: str | None
    sitting_on: date | None
    reasons: tuple[str, ...]
    settings_version: int
    table: str
    row: str
    inputs: dict[str, Any]
    limit_weekly_pence: int | None
    limit_yearly_pence: int | None = None
    limit_one_off_pence: int | None = None
    exclusions: tuple[Exclusion, ...] = ()


@dataclass(frozen=True)
class Routed:
    """A submitted application takes this way."""

    application: str
    way: Way
    times_submitted: int


@dataclass(frozen=True)
class Rerouted:
    """Submitted again, at another cost or by an exception, it takes this way from now on."""

    application: str
    way: Way
    times_submitted: int


@dataclass(frozen=True)
class ExceptionGranted:
    """The officer whom the settings name agreed that the scheme's own answer shall not hold (S4 §6; A10, A16).

    It holds for the resources that were excluded then, and up to the cost that was asked for then, in pence.
    """

    application: str
    exception: str
    granted_by: str
    granted_role: str
    granted_at: datetime
    reason: Private
    resources: tuple[str, ...]
    weekly_pence: int
    one_off_pence: int
    settings_version: int


RouteEvent = Routed | Rerouted | ExceptionGranted

# --- Commands -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """The sitting that an application was submitted for; without a day where the council does not ask for one."""

    forum: str | None = None
    sitting_on: date | None = None


@dataclass(frozen=True)
class RouteApplication:
    """Route a submission by the version of the settings that it names."""

    application: str
    facts: Facts
    asked: Asked
    times_submitted: int


@dataclass(frozen=True)
class RouteChangedCost:
    """Route again after further information, by the version that routed it before.

    ``said`` holds the members of the facts that may be others now.
    """

    application: str
    said: Mapping[str, Any]
    asked: Asked = field(default_factory=Asked)


@dataclass(frozen=True)
class GrantException:
    """Agree, with a reason, that what the scheme says shall not hold for one application.

    The settings in force say who may; ``bound`` are those it was routed by. ``said`` is what is known of it now,
    ``person`` whom it is for, ``standing`` what has become of it.
    """

    application: str
    reason: str
    bound: Settings
    said: Mapping[str, Any]
    person: str
    originator: str
    standing: str
    asked: Asked = field(default_factory=Asked)


RouteCommand = RouteApplication | RouteChangedCost | GrantException

OPEN = "open"
"""What an application is until panel decides it, returns it, or lets it go."""

# --- State ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """The way that holds, which submission it was found for, and every exception that was granted."""

    way: Way | None = None
    times_submitted: int = 0
    granted: tuple[ExceptionGranted, ...] = ()


def evolve(state: State, event: RouteEvent) -> State:
    """The newest way holds."""
    match event:
        case Routed(way=way, times_submitted=times) | Rerouted(way=way, times_submitted=times):
            return replace(state, way=way, times_submitted=times)
        case ExceptionGranted():
            return replace(state, granted=(*state.granted, event))
        case _:
            assert_never(event)


# --- Rules ----------------------------------------------------------------------------------------------------


def decide(command: RouteCommand, state: State, acting: Acting[Settings]) -> Sequence[RouteEvent]:
    """The way of an application; the same way once more is nothing new.

    It is found by the settings that bind it; an exception is granted by those in force.

    A later submission always gets a route of its own, even by the same row: panel takes a returned application back
    into its hands only when it hears of one.
    """
    match command:
        case RouteApplication():
            return _route(command, state, acting)
        case RouteChangedCost():
            return _route_again(command, state, acting)
        case GrantException():
            return _grant(command, state, acting)
        case _:
            assert_never(command)


def _route(command: RouteApplication, state: State, acting: Acting[Settings]) -> Sequence[RouteEvent]:
    routing = route(acting.settings, _with_exceptions(acting.settings, command.facts, state))
    sitting_on = _sitting(acting.settings, routing, command.asked, acting.at, submitted=True)
    way, times = _way(routing, sitting_on), command.times_submitted
    if state.way is None:
        return [Routed(command.application, way, times)]
    if times <= state.times_submitted and _same(way, state.way):
        return []
    return [Rerouted(command.application, way, times)]


def _route_again(command: RouteChangedCost, state: State, acting: Acting[Settings]) -> Sequence[RouteEvent]:
    if state.way is None:
        raise not_found()
    facts = facts_now(state.way.inputs, command.said)
    routing = route(acting.settings, _with_exceptions(acting.settings, facts, state))
    sitting_on = _sitting(acting.settings, routing, command.asked, acting.at, before=state.way)
    way = _way(routing, sitting_on)
    return [] if _same(way, state.way) else [Rerouted(command.application, way, state.times_submitted)]


def _grant(command: GrantException, state: State, acting: Acting[Settings]) -> Sequence[RouteEvent]:
    if state.way is None:
        raise not_found()
    facts = facts_now(state.way.inputs, command.said)
    found = exception_to(command.bound, route(command.bound, facts))
    if found is None or found[0] in facts.granted:
        raise wrong_state("NO_EXCEPTION", "Nothing about this route could be excepted from.", route=state.way.route)
    code, rule = found
    today = acting.settings.exceptions.get(code, rule)
    if acting.by.role not in today.granted_by:
        raise not_allowed(
            "EXCEPTION_NOT_YOURS",
            "The council's settings let another officer grant this exception (S4 §6).",
            exception=code,
            granted_by=list(today.granted_by),
        )
    if acting.by.actor == command.originator:
        raise not_allowed("SELF_APPROVAL", "Nobody decides their own application (S0).")
    if command.standing != OPEN:
        raise wrong_state("NOT_OPEN", "This application is not waiting for a decision.", standing=command.standing)
    if not says_something(command.reason):
        raise rule_broken("REASON_MISSING", "Say why the exception is granted.")
    granted = ExceptionGranted(
        application=command.application,
        exception=code,
        granted_by=acting.by.actor,
        granted_role=acting.by.role,
        granted_at=acting.at,
        reason=Private(command.person, command.reason),
        resources=_excluded(state.way.exclusions),
        weekly_pence=facts.weekly_pence,
        one_off_pence=facts.one_off_pence,
        settings_version=acting.settings.version,
    )
    routing = route(command.bound, replace(facts, granted=(*facts.granted, code)))
    way = _way(routing, _sitting(command.bound, routing, command.asked, acting.at, before=state.way))
    return [granted, Rerouted(command.application, way, state.times_submitted)]


def facts_now(inputs: Mapping[str, Any], said: Mapping[str, Any]) -> Facts:
    """What is known of an application: what its way was found from, what was said since, and the way's exceptions."""
    return Facts.read({**inputs, **said, "granted": inputs.get("granted", ())})


def _with_exceptions(settings: Settings, facts: Facts, state: State) -> Facts:
    """The facts with those exceptions that still hold: for no dearer application, and no other excluded resource."""
    plain = replace(facts, granted=())
    excluded = set(_excluded(route(settings, plain).exclusions))
    holding = (
        one.exception
        for one in state.granted
        if facts.weekly_pence <= one.weekly_pence
        and facts.one_off_pence <= one.one_off_pence
        and (one.exception != NOT_FUNDED or excluded <= set(one.resources))
    )
    return replace(plain, granted=tuple(dict.fromkeys(holding)))


NOT_FUNDED = "NOT_FUNDED"


def _excluded(exclusions: Sequence[Exclusion]) -> tuple[str, ...]:
    return tuple(one.resource for one in exclusions if one.route == NOT_FUNDED)


def _same(way: Way, before: Way) -> bool:
    """Another amount under the same row is no other way: whoever decides knows the cost from the application itself."""
    return replace(way, inputs=before.inputs) == before


def _sitting(
    settings: Settings,
    routing: Routing,
    asked: Asked,
    at: datetime,
    *,
    submitted: bool = False,
    before: Way | None = None,
) -> date | None:
    """The sitting it is for: the one it was routed to or submitted for, else the next whose cut-off allows it then.

    A submission for a sitting was judged by its cut-off already; what finds its way to a panel later is judged anew.
    """
    if routing.forum is None:
        return None
    if before is not None and before.forum == routing.forum and before.sitting_on is not None:
        return before.sitting_on
    forum = settings.forums[routing.forum]
    for_it = asked.forum in (None, routing.forum)
    if asked.sitting_on is not None and for_it and (submitted or is_in_time(forum, asked.sitting_on, at)):
        return asked.sitting_on
    return next_sitting(forum, at)


def _way(routing: Routing, sitting_on: date | None) -> Way:
    return Way(sitting_on=sitting_on, **vars(routing))


ROUTE: Decider[RouteCommand, State, RouteEvent] = Decider(State(), evolve, decide)


def stream(application: str) -> str:
    """The stream of one application's route."""
    return f"route-{application}"

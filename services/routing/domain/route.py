"""The stream `route-<application>`: which way an application takes, and which row of which settings says so."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, assert_never

from councils.calendar import next_sitting
from councils.scheme import Facts, route
from councils.settings import Settings
from ledger.decider import Decider, not_found

# --- Events ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """A route with everything that led to it: settings version, table, row, and what the row was shown."""

    route: str
    forum: str | None
    sitting_on: date | None
    reasons: tuple[str, ...]
    settings_version: int
    table: str
    row: str
    inputs: dict[str, Any]
    limit_weekly_pence: int | None


@dataclass(frozen=True)
class Routed:
    """A submitted application takes this way."""

    application: str
    way: Way
    times_submitted: int


@dataclass(frozen=True)
class Rerouted:
    """Submitted again, or at another cost, it takes this way from now on."""

    application: str
    way: Way
    times_submitted: int


RouteEvent = Routed | Rerouted

# --- Commands -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RouteApplication:
    """Route a submission by the version of the settings that it names."""

    application: str
    settings: Settings
    facts: Facts
    received_at: datetime
    sitting_on: date | None
    """The sitting it was submitted for, or None where the council does not ask for one."""
    times_submitted: int


@dataclass(frozen=True)
class RouteChangedCost:
    """Route again after further information, by the version that routed it before."""

    application: str
    settings: Settings
    weekly_pence: int
    received_at: datetime


RouteCommand = RouteApplication | RouteChangedCost

# --- State ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """The way that holds, and which submission it was found for."""

    way: Way | None = None
    times_submitted: int = 0


def evolve(_: State, event: RouteEvent) -> State:
    """The newest way holds."""
    match event:
        case Routed(way=way, times_submitted=times) | Rerouted(way=way, times_submitted=times):
            return State(way, times)
        case _:
            assert_never(event)


# --- Rules ----------------------------------------------------------------------------------------------------


def decide(command: RouteCommand, state: State) -> Sequence[RouteEvent]:
    """The way of an application; the same way once more is nothing new.

    A later submission always gets a route of its own, even by the same row: panel takes a returned application back
    into its hands only when it hears of one.
    """
    again = False
    match command:
        case RouteApplication():
            way = _way(command.settings, command.facts, command.received_at, command.sitting_on)
            times, again = command.times_submitted, command.times_submitted > state.times_submitted
        case RouteChangedCost():
            if state.way is None:
                raise not_found()
            facts = replace(facts_of(state.way), weekly_pence=command.weekly_pence)
            way = _way(command.settings, facts, command.received_at, state.way.sitting_on)
            times = state.times_submitted
        case _:
            assert_never(command)
    if state.way is None:
        return [Routed(command.application, way, times)]
    # Another amount under the same row is no other way: whoever decides knows the cost from the application itself.
    same = replace(way, inputs=state.way.inputs) == state.way
    return [] if same and not again else [Rerouted(command.application, way, times)]


def _way(settings: Settings, facts: Facts, received_at: datetime, sitting_on: date | None) -> Way:
    routing = route(settings, facts)
    sitting = None
    if routing.forum is not None:
        sitting = sitting_on or next_sitting(settings.forums[routing.forum], received_at)
    return Way(
        route=routing.route,
        forum=routing.forum,
        sitting_on=sitting,
        reasons=routing.reasons,
        settings_version=routing.settings_version,
        table=routing.table,
        row=routing.row,
        inputs=routing.inputs,
        limit_weekly_pence=routing.limit_weekly_pence,
    )


def facts_of(way: Way) -> Facts:
    """The facts that a way was found from."""
    return Facts(
        kind=way.inputs["kind"],
        weekly_pence=way.inputs["weekly_pence"],
        one_off_pence=way.inputs["one_off_pence"],
        indicative_weekly_pence=way.inputs["indicative_weekly_pence"],
        complex=way.inputs["complex"],
        distinctive=way.inputs["distinctive"],
    )


ROUTE: Decider[RouteCommand, State, RouteEvent] = Decider(State(), evolve, decide)


def stream(application: str) -> str:
    """The stream of one application's route."""
    return f"route-{application}"

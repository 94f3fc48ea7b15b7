"""What is asked for: the indicative budget, the costs and their resources, circumstances and complexity."""

from dataclasses import dataclass
from typing import ClassVar

from councils.settings import Settings
from councils.texts import says_something
from ledger.decider import Acting, Failing
from services.intake.applications.domain.events import ApplicationEvent
from services.intake.applications.domain.form_events import (
    WORKER_TIME,
    BudgetIndicated,
    CircumstancesStated,
    ComplexityMarked,
    CostsGiven,
    ResourceLine,
    ResourcesListed,
    private,
    sums_of,
)
from services.intake.applications.domain.requirements import broken
from services.intake.applications.domain.state import State


@dataclass(frozen=True)
class IndicateBudget:
    """Say what the support may be expected to cost, before the plan is written."""

    part: ClassVar = "indicative_budget"
    weekly_pence: int


def indicate_budget(command: IndicateBudget, state: State, acting: Acting[Settings]) -> list[ApplicationEvent]:
    """The indicative budget, before the plan is written (S0)."""
    same = command.weekly_pence == state.indicative_weekly_pence
    return [] if same else [BudgetIndicated(command.weekly_pence)]


@dataclass(frozen=True)
class GiveCosts:
    """Say what is asked for, and of which resources it is made up; none where the council lists no resources."""

    part: ClassVar = "costs"
    weekly_pence: int
    one_off_pence: int
    resources: tuple[ResourceLine, ...] = ()


def give_costs(command: GiveCosts, state: State, acting: Acting[Settings]) -> list[ApplicationEvent]:
    """What is asked for. Where lines are given, the costs are their sums without the worker's own time."""
    lines = command.resources
    known = {*acting.settings.resources, WORKER_TIME}
    failing = [
        Failing(f"/resources/{index}/resource", "UNKNOWN_RESOURCE", "The council lists no such resource.")
        for index, line in enumerate(lines)
        if line.resource not in known
    ]
    if lines:
        names = ("weekly_pence", "one_off_pence")
        given = (command.weekly_pence, command.one_off_pence)
        failing += [
            Failing(f"/{name}", "COSTS_DO_NOT_ADD_UP", f"The resources listed add up to {total} pence, not to {said}.")
            for name, said, total in zip(names, given, sums_of(lines), strict=True)
            if said != total
        ]
    if failing:
        raise broken(*failing)
    costs, listed = CostsGiven(command.weekly_pence, command.one_off_pence), ResourcesListed(lines)
    changed: list[ApplicationEvent] = [] if costs == state.costs else [costs]
    return changed if lines == state.resources else [*changed, listed]


@dataclass(frozen=True)
class StateCircumstances:
    """Say what routing must know besides kind and costs; see `CircumstancesStated`."""

    part: ClassVar = "circumstances"
    within: tuple[str, ...] = ()
    emergency: bool = False
    disability_team: bool = False
    complex_health: bool = False
    section: str | None = None
    order: str | None = None
    package: str | None = None


def state_circumstances(command: StateCircumstances, state: State, acting: Acting[Settings]) -> list[ApplicationEvent]:
    """What routing looks at besides kind and costs (S4 §6 and §7)."""
    stated = CircumstancesStated(**vars(command))
    return [] if stated == state.circumstances else [stated]


@dataclass(frozen=True)
class MarkComplexity:
    """Mark the case very complex or particularly distinctive, or take the marks away."""

    part: ClassVar = "complexity"
    complex: bool
    distinctive: bool
    reason: str | None


def mark_complexity(command: MarkComplexity, state: State, acting: Acting[Settings]) -> list[ApplicationEvent]:
    """A mark has a reason (S1)."""
    if (command.complex or command.distinctive) and not says_something(command.reason or ""):
        sentence = "Say why the case is complex or distinctive."
        raise broken(Failing("/reason", "COMPLEXITY_REASON_MISSING", sentence))
    marked = ComplexityMarked(command.complex, command.distinctive, private(state.begun.person, command.reason))
    return [] if marked == state.complexity else [marked]

"""Writing the sections of the form: those that are one text, and those that are lists and statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from councils.settings import Settings
from ledger.decider import Acting, Failing, Private
from services.intake.applications.domain.events import ApplicationEvent
from services.intake.applications.domain.form import TEXTS, is_text
from services.intake.applications.domain.form_events import (
    ActionsPlanned,
    FamilyAgreementStated,
    FundingSource,
    GuardPassed,
    OptionsTried,
    OptionTried,
    OtherFundingStated,
    PlannedAction,
    SectionCompleted,
    Stated,
    SupportNeedsStated,
    private,
)
from services.intake.applications.domain.requirements import broken
from services.intake.applications.domain.state import State
from services.requirements import judge


@dataclass(frozen=True)
class CompleteSection:
    """Write a section that is one text."""

    section: str
    text: str

    @property
    def part(self) -> str:
        """A section is a part of its own."""
        return self.section


def only_texts(section: str, settings: Settings, kind: str) -> None:
    """Raises Refused UNKNOWN_SECTION for a section that is not written as one text."""
    if not is_text(section, settings.kinds.get(kind)):
        sentence = f"These sections are one text: {', '.join(TEXTS)}."
        raise broken(Failing("/section", "UNKNOWN_SECTION", sentence))


def complete_section(command: CompleteSection, state: State, acting: Acting[Settings]) -> list[ApplicationEvent]:
    """A section that is one text, as it reads from now on."""
    only_texts(command.section, acting.settings, state.begun.kind)
    passed = _budget_first(command.section, acting.settings, state) if command.section == "plan" else []
    return [SectionCompleted(command.section, Private(state.begun.person, command.text)), *passed]


@dataclass(frozen=True)
class ListOptionsTried:
    """Write the other options that were tried: pairs of option and why it was unsuitable."""

    part: ClassVar = "options_tried"
    options: tuple[tuple[str, str | None], ...]


def list_options_tried(command: ListOptionsTried, state: State, acting: Acting[Settings]) -> list[ApplicationEvent]:
    """Every other option that was tried (S2 #5, S4 §12)."""
    person = state.begun.person
    tried = (OptionTried(Private(person, option), private(person, why)) for option, why in command.options)
    return [OptionsTried(tuple(tried))]


@dataclass(frozen=True)
class StateOtherFunding:
    """Say of other sources of funding whether each is possible, and what is known of it."""

    part: ClassVar = "other_funding"
    sources: tuple[tuple[str, bool, str | None], ...]


def state_other_funding(command: StateOtherFunding, state: State, acting: Acting[Settings]) -> list[ApplicationEvent]:
    """Each source that may pay, once and under the council's name for it (S4 §7)."""
    known = acting.settings.other_funding_sources
    names = [source for source, _, _ in command.sources]
    failing = [
        Failing(f"/sources/{index}/source", "UNKNOWN_SOURCE", f"The council knows these sources: {', '.join(known)}.")
        for index, name in enumerate(names)
        if known and name not in known
    ]
    failing += [
        Failing(f"/sources/{index}/source", "SOURCE_TWICE", "This source is named already.")
        for index, name in enumerate(names)
        if name in names[:index]
    ]
    if failing:
        raise broken(*failing)
    stated = (
        FundingSource(name, possible, private(state.begun.person, text)) for name, possible, text in command.sources
    )
    return [OtherFundingStated(tuple(stated))]


@dataclass(frozen=True)
class Action:
    """One action of the plan as it is written down; a draft may lack owner and dates."""

    action: str
    owner: str | None
    due_on: date | None
    review_on: date | None


@dataclass(frozen=True)
class PlanActions:
    """Write the plan of action."""

    part: ClassVar = "actions"
    actions: tuple[Action, ...]


def plan_actions(command: PlanActions, state: State, acting: Acting[Settings]) -> list[ApplicationEvent]:
    """The plan of action, after the budget was indicated (S4 §10)."""
    person = state.begun.person
    planned = tuple(
        PlannedAction(Private(person, one.action), private(person, one.owner), one.due_on, one.review_on)
        for one in command.actions
    )
    return [ActionsPlanned(planned), *_budget_first("actions", acting.settings, state)]


@dataclass(frozen=True)
class StateFamilyAgreement:
    """Say whether the family agrees to the plan; if not, why, or that significant harm is the exception."""

    part: ClassVar = "family_agreement"
    agreed: bool
    reason: str | None
    significant_harm: bool


def state_family_agreement(
    command: StateFamilyAgreement, state: State, acting: Acting[Settings]
) -> list[ApplicationEvent]:
    """Whether the family agrees to the plan (S4 §10)."""
    reason = private(state.begun.person, command.reason)
    return [FamilyAgreementStated(command.agreed, reason, command.significant_harm)]


@dataclass(frozen=True)
class StateSupportNeeds:
    """Write a child's needs under an order, and the advice sought about them, each under the council's code."""

    part: ClassVar = "support_needs"
    needs: Mapping[str, str]
    advice: Mapping[str, str]


def state_support_needs(command: StateSupportNeeds, state: State, acting: Acting[Settings]) -> list[ApplicationEvent]:
    """The needs of a child under an order and the advice sought, each under the council's code (S4 §7)."""
    asked = (("needs", command.needs, acting.settings.support_needs),
             ("advice", command.advice, acting.settings.support_advice))  # fmt: skip
    failing = [
        Failing(f"/{member}", "UNKNOWN_SUPPORT_NEED", f"The council asks for these: {', '.join(known) or 'none'}.")
        for member, said, known in asked
        if set(said) - set(known)
    ]
    if failing:
        raise broken(*failing)
    needs, advice = (
        tuple(Stated(code, Private(state.begun.person, said[code])) for code in known if code in said)
        for _, said, known in asked
    )
    return [SupportNeedsStated(needs, advice)]


def _budget_first(section: str, settings: Settings, state: State) -> list[ApplicationEvent]:
    """The person knows the indicative budget before they plan (S0; B8)."""
    if state.indicative_weekly_pence is not None:
        return []
    missing = Failing("/indicative-budget", "NO_INDICATIVE_BUDGET", "Indicate the budget before the plan is written.")
    judged = judge(settings, [missing], kind=state.begun.kind)
    if judged.failing:
        raise broken(*judged.failing)
    return [GuardPassed(passed, section) for passed in judged.warned]

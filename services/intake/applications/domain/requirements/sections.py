"""What each section of the form can lack: texts, plan, options, other funding and support needs."""

from collections.abc import Iterator

from councils.settings import Settings
from ledger.decider import Failing
from services.intake.applications.domain.form import LISTS, SECTIONS
from services.intake.applications.domain.form_events import PlannedAction
from services.intake.applications.domain.state import State


def section_gaps(section: str, state: State, settings: Settings) -> Iterator[Failing]:
    """What one section lacks."""
    match section:
        case "actions":
            yield from _actions(state)
        case "family_agreement":
            yield from _family_agreement(state)
        case "options_tried":
            yield from _options_tried(state)
        case "other_funding":
            yield from _other_funding(state)
        case "support_needs":
            yield from _support_needs(state, settings)
        case _:
            if section not in state.texts:
                known = SECTIONS.get(section)
                if known is None:
                    # A section of the council's own making: the pointer names it, and the code is the same for all.
                    yield Failing(f"/sections/{section}", "SECTION_MISSING", "This section is not written.")
                else:
                    yield Failing(f"/sections/{section}", known.code, known.sentence)


def _actions(state: State) -> Iterator[Failing]:
    """A plan of action names who is responsible, a timetable and a review for each action (S4 §10; B14)."""
    if state.actions is None or not state.actions.actions:
        yield Failing("/actions", LISTS["actions"].code, LISTS["actions"].sentence)
        return
    for index, action in enumerate(state.actions.actions):
        for field, what in _unsaid(action):
            yield Failing(
                f"/actions/{index}/{field}", "PLAN_INCOMPLETE", f"Action {index + 1} of the plan has no {what}."
            )


def _unsaid(action: PlannedAction) -> Iterator[tuple[str, str]]:
    if action.owner is None:
        yield "owner", "owner"
    if action.due_on is None:
        yield "due_on", "date"
    if action.review_on is None:
        yield "review_on", "review"


def _family_agreement(state: State) -> Iterator[Failing]:
    """The plan is made with the family's agreement, but for significant harm (S4 §10; B14)."""
    said = state.family_agreement
    if said is None:
        yield Failing("/family_agreement", LISTS["family_agreement"].code, LISTS["family_agreement"].sentence)
    elif not said.agreed and said.reason is None and not said.significant_harm:
        yield Failing(
            "/family_agreement/reason",
            "FAMILY_AGREEMENT_MISSING",
            "Say why the family does not agree, or that significant harm is the exception.",
        )


def _options_tried(state: State) -> Iterator[Failing]:
    """A placement is asked for once other options were tried, each with why it was unsuitable (S2 #5, S4 §12; B9)."""
    if state.options is None or not state.options.options:
        yield Failing("/options_tried", LISTS["options_tried"].code, LISTS["options_tried"].sentence)
        return
    for index, tried in enumerate(state.options.options):
        if tried.why_unsuitable is None:
            yield Failing(
                f"/options_tried/{index}/why_unsuitable",
                "OPTIONS_TRIED_MISSING",
                f"Say why option {index + 1} was unsuitable.",
            )


def _other_funding(state: State) -> Iterator[Failing]:
    """Each source that may pay needs its information (S4 §7; B13)."""
    if state.funding is None:
        yield Failing("/other_funding", LISTS["other_funding"].code, LISTS["other_funding"].sentence)
        return
    for index, source in enumerate(state.funding.sources):
        if source.possible and source.information is None:
            yield Failing(
                f"/other_funding/{index}/information",
                "OTHER_FUNDING_MISSING",
                f"{source.source} may pay: give the information about that source.",
            )


def _support_needs(state: State, settings: Settings) -> Iterator[Failing]:
    """Support under an order takes the child's needs into account, each by name, with advice sought (S4 §7; B15)."""
    said = state.support_needs
    needs = {one.code for one in said.needs} if said else set[str]()
    advice = {one.code for one in said.advice} if said else set[str]()
    for code in settings.support_needs:
        if code not in needs:
            yield Failing(
                f"/support_needs/needs/{code}", "SUPPORT_NEEDS_MISSING", f"Say what is needed under {code.lower()}."
            )
    if settings.support_advice and not advice & set(settings.support_advice):
        either = " or ".join(code.replace("_", " ").lower() for code in settings.support_advice)
        yield Failing("/support_needs/advice", "SUPPORT_ADVICE_MISSING", f"No advice was sought: {either}.")

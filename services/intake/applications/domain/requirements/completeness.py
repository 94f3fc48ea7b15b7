"""What stands in the way of submitting a form, or of giving what changed in it: every gap at once with its code."""

from collections.abc import Iterator
from datetime import date

from councils.settings import Settings
from ledger.decider import Failing
from services.intake.applications.domain.form import wanted
from services.intake.applications.domain.form_events import sums_of
from services.intake.applications.domain.requirements.sections import section_gaps
from services.intake.applications.domain.requirements.sittings import sitting_gaps
from services.intake.applications.domain.requirements.voices import holder_gaps, voice_gaps
from services.intake.applications.domain.state import State

NEVER_PASSED = frozenset({"NO_INDICATIVE_BUDGET"})
"""What a submission cannot be without, whatever the level of the guard: others are told the indicative budget."""


def gaps(state: State, settings: Settings, sitting_on: date | None) -> list[Failing]:
    """Everything that stands in the way of submitting this form under these settings, in the order of the form."""
    kind = settings.kinds.get(state.begun.kind)
    if kind is None:
        return [Failing("/kind", "UNKNOWN_KIND", "The council no longer takes applications of this kind.")]
    sections = wanted(kind, state.circumstances.order)
    return [
        *_money(state),
        *(gap for section in sections for gap in section_gaps(section, state, settings)),
        *voice_gaps(kind, state),
        *holder_gaps(kind, state),
        *_signatures(state.signed_by, state.agreed_by, state.begun.kind, settings),
        *sitting_gaps(settings, sitting_on),
    ]


def change_gaps(state: State, settings: Settings) -> list[Failing]:
    """What the parts changed after a deferral lack, and their signatures; what was not touched is not judged again."""
    kind = settings.kinds.get(state.begun.kind)
    if not state.changed:
        return []
    # A kind that the council has given up meanwhile asks for nothing more, but what changed is signed all the same.
    sections = [one for one in wanted(kind, state.circumstances.order) if one in state.changed] if kind else []
    return [
        *(gap for section in sections for gap in section_gaps(section, state, settings)),
        *(voice_gaps(kind, state) if kind and "voices" in state.changed else ()),
        *_signatures(state.changes_signed_by, state.changes_agreed_by, state.begun.kind, settings),
    ]


def _money(state: State) -> Iterator[Failing]:
    if state.indicative_weekly_pence is None:
        yield Failing("/indicative-budget", "NO_INDICATIVE_BUDGET", "Indicate the budget before the plan is written.")
    if state.costs is None:
        # S4 §7: "with all information, including the cost requested filled out in full".
        yield Failing("/costs", "COST_MISSING", "Say what the support costs.")
    elif state.resources and sums_of(state.resources) != (state.costs.weekly_pence, state.costs.one_off_pence):
        yield Failing("/costs", "COSTS_DO_NOT_ADD_UP", "The costs are not the sums of the resources listed.")


def _signatures(signed_by: str | None, agreed_by: str | None, kind: str, settings: Settings) -> Iterator[Failing]:
    asked = settings.signatures_for(kind)
    if asked.signed_by is not None and signed_by is None:
        yield Failing("/signature", "TM_SIGNATURE_MISSING", "The team manager has not signed.")
    if asked.agreed_by is not None and agreed_by is None:
        yield Failing("/agreement", "SM_AGREEMENT_MISSING", "The relevant service manager has not agreed.")

"""What stands in the way of submitting a form: every gap at once with its code, and whether it is in time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from councils.calendar import cut_off, in_london, is_in_time, is_sitting_day, next_sitting
from councils.settings import Settings
from ledger.decider import Failing, Refused, rule_broken
from services.intake.domain.events import ApplicationStarted
from services.intake.domain.form import wanted
from services.intake.domain.gaps import holder_gaps, section_gaps, voice_gaps
from services.intake.domain.parts import WORKER_TIME, ResourceLine
from services.intake.domain.state import State

NEVER_PASSED = frozenset({"NO_INDICATIVE_BUDGET"})
"""What a submission cannot be without, whatever the level of the guard: others are told the indicative budget."""


@dataclass(frozen=True)
class Sitting:
    """The sitting an application is handed in for, and the cut-off it kept."""

    forum: str
    on: date
    cut_off_at: datetime


def gaps(state: State, started: ApplicationStarted, settings: Settings, sitting_on: date | None) -> list[Failing]:
    """Everything that stands in the way of submitting this form under these settings, in the order of the form."""
    kind = settings.kinds.get(started.kind)
    if kind is None:
        return [Failing("/kind", "UNKNOWN_KIND", "The council no longer takes applications of this kind.")]
    sections = wanted(kind, state.circumstances.order)
    return [
        *_money(state),
        *(gap for section in sections for gap in section_gaps(section, state, settings)),
        *voice_gaps(kind, state, started),
        *holder_gaps(kind, state),
        *_signatures(state, started, settings),
        *_sitting(settings, sitting_on),
    ]


def change_gaps(state: State, started: ApplicationStarted, settings: Settings) -> list[Failing]:
    """What the parts changed after a deferral lack, and their signatures; what was not touched is not judged again."""
    kind = settings.kinds.get(started.kind)
    if not state.changed:
        return []
    # A kind that the council has given up meanwhile asks for nothing more, but what changed is signed all the same.
    sections = [one for one in wanted(kind, state.circumstances.order) if one in state.changed] if kind else []
    return [
        *(gap for section in sections for gap in section_gaps(section, state, settings)),
        *(voice_gaps(kind, state, started) if kind and "voices" in state.changed else ()),
        *_signed(state.changes_signed_by, state.changes_agreed_by, started, settings),
    ]


def sums_of(lines: tuple[ResourceLine, ...]) -> tuple[int, int]:
    """What resources cost a week and once, in pence; the worker's own time never counts (S4 §6; A15)."""
    counted = [line for line in lines if line.resource != WORKER_TIME]
    return sum(line.weekly_pence for line in counted), sum(line.one_off_pence for line in counted)


def judged_sitting(settings: Settings, sitting_on: date | None, received_at: datetime) -> Sitting | None:
    """The sitting whose cut-off was kept, or None where the council names none at submission.

    Raises Refused LATE with the next sitting whose cut-off still allows it: no late application is considered, and
    nobody may add one (S4 §5; DOMAIN.md, B1 and B2). ``sitting_on`` has passed :func:`gaps`.
    """
    if settings.submitted_to is None or sitting_on is None:
        return None
    forum = settings.forums[settings.submitted_to]
    if is_in_time(forum, sitting_on, received_at):
        return Sitting(settings.submitted_to, sitting_on, cut_off(forum, sitting_on))
    raise _late(settings, settings.submitted_to, sitting_on, received_at)


def cut_off_of(settings: Settings | None, forum: str | None, sitting_on: date | None) -> datetime | None:
    """When a named sitting of a forum closes; None where no sitting is named or the settings list no such forum."""
    if settings is None or forum is None or sitting_on is None or forum not in settings.forums:
        return None
    return cut_off(settings.forums[forum], sitting_on)


def refuse_if_late(settings: Settings, sitting_on: date | None, at: datetime) -> None:
    """Raises Refused LATE where a sitting's cut-off has passed, whatever else is wrong and whoever asks (B2)."""
    if not list(_sitting(settings, sitting_on)):
        judged_sitting(settings, sitting_on, at)


def late_gap(settings: Settings, sitting_on: date | None, at: datetime) -> tuple[Failing, ...]:
    """That a sitting's cut-off has passed, to be named beside whatever else is missing; nothing while it has not."""
    try:
        refuse_if_late(settings, sitting_on, at)
    except Refused as late:
        return late.failing
    return ()


def sitting_gaps(settings: Settings, sitting_on: date | None) -> list[Failing]:
    """What is wrong with the sitting that is named, its cut-off apart."""
    return list(_sitting(settings, sitting_on))


def _late(settings: Settings, code: str, sitting_on: date, received_at: datetime) -> Refused:
    forum = settings.forums[code]
    missed = cut_off(forum, sitting_on)
    offered = next_sitting(forum, received_at, after=sitting_on)
    return rule_broken(
        "LATE",
        f"Applications for {_day(sitting_on)} closed at {_time(missed)}. The next sitting that can take it is on "
        f"{_day(offered)}; for an emergency care need ask for a decision out of panel.",
        failing=[Failing("/sitting_on", "LATE", f"{_day(offered)} is offered instead.")],
        cut_off_at=_instant(missed),
        offered=offered.isoformat(),
        offered_cut_off_at=_instant(cut_off(forum, offered)),
    )


def _money(state: State) -> Iterator[Failing]:
    if state.indicative_weekly_pence is None:
        yield Failing("/indicative-budget", "NO_INDICATIVE_BUDGET", "Indicate the budget before the plan is written.")
    if state.costs is None:
        # S4 §7: "with all information, including the cost requested filled out in full".
        yield Failing("/costs", "COST_MISSING", "Say what the support costs.")
    elif state.resources and sums_of(state.resources) != (state.costs.weekly_pence, state.costs.one_off_pence):
        yield Failing("/costs", "COSTS_DO_NOT_ADD_UP", "The costs are not the sums of the resources listed.")


def _signatures(state: State, started: ApplicationStarted, settings: Settings) -> Iterator[Failing]:
    return _signed(state.signed_by, state.agreed_by, started, settings)


def _signed(
    signed_by: str | None, agreed_by: str | None, started: ApplicationStarted, settings: Settings
) -> Iterator[Failing]:
    asked = settings.signatures_for(started.kind)
    if asked.signed_by is not None and signed_by is None:
        yield Failing("/signature", "TM_SIGNATURE_MISSING", "The team manager has not signed.")
    if asked.agreed_by is not None and agreed_by is None:
        yield Failing("/agreement", "SM_AGREEMENT_MISSING", "The relevant service manager has not agreed.")


def _sitting(settings: Settings, sitting_on: date | None) -> Iterator[Failing]:
    if settings.submitted_to is None:
        if sitting_on is not None:
            yield Failing("/sitting_on", "SITTING_NOT_ASKED_FOR", "This council names no sitting at submission.")
        return
    forum = settings.forums[settings.submitted_to]
    if sitting_on is None:
        yield Failing("/sitting_on", "SITTING_MISSING", f"Say for which sitting of the {forum.name} this is.")
    elif not is_sitting_day(forum, sitting_on):
        yield Failing("/sitting_on", "NOT_A_SITTING_DAY", f"The {forum.name} does not sit on {_day(sitting_on)}.")


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


def _time(moment: datetime) -> str:
    shown = in_london(moment)
    return f"{shown:%H:%M} on {_day(shown.date())}"


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")

"""Answering what a deferral asked for, while everything that was not touched stands (S4 appendix 1; D5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from councils.settings import Settings
from ledger.decider import Acting, Failing, Private, wrong_state
from services.intake.applications.domain.costs import GiveCosts
from services.intake.applications.domain.editing import Part, edit
from services.intake.applications.domain.events import (
    Answer,
    ApplicationEvent,
    FurtherInformationGiven,
)
from services.intake.applications.domain.requirements import broken
from services.intake.applications.domain.requirements.completeness import change_gaps
from services.intake.applications.domain.requirements.sittings import cut_off_of
from services.intake.applications.domain.sections import CompleteSection
from services.intake.applications.domain.state import State, evolve
from services.intake.applications.domain.whose import only_its_social_workers, only_three_persons
from services.requirements import judge, refused


@dataclass(frozen=True)
class GiveFurtherInformation:
    """Answer every piece of work that a deferral asked for: pairs of work and text.

    ``sections`` and ``weekly_pence`` write these parts anew at the same time, where no signature is asked for them;
    ``weekly_pence`` None leaves the cost as it stands.
    """

    answers: tuple[tuple[str, str], ...]
    sections: Mapping[str, str]
    weekly_pence: int | None


def give_further_information(
    command: GiveFurtherInformation, state: State, acting: Acting[Settings]
) -> Sequence[ApplicationEvent]:
    """Every open piece of work is answered in one go, and nothing else need be entered again.

    What was changed since the deferral must hold what the form asks of it and be signed anew; what was not touched
    keeps its signatures and is not judged again. What comes after the cut-off of the sitting that the deferral named is
    taken and marked as late: the place is kept, and whoever reads it knows (D5).
    """
    only_its_social_workers(acting.by, state.begun)
    if state.stage != "further_information" or state.costs is None:
        raise wrong_state("NOTHING_ASKED", "No further information is asked for.")
    only_three_persons(acting.by, state.begun, state.changes_signed_by, state.changes_agreed_by)
    _answers_fit(command, state)
    edits: list[ApplicationEvent] = []
    for part in _rewritten(command, state):
        written = edit(part, state, acting)
        edits += written
        for event in written:
            state = evolve(state, event)
    judged = judge(acting.settings, change_gaps(state, acting.settings), kind=state.begun.kind)
    if judged.failing:
        raise refused(judged.failing, f"{len(judged.failing)} things stand in the way of what was changed.")
    costs = state.costs
    assert costs is not None, "an edit never takes costs away"
    closes_at = cut_off_of(acting.settings, state.forum, state.returns_on)
    given = FurtherInformationGiven(
        application=state.begun.application,
        decision=state.deferred_by,
        answers=tuple(Answer(work, Private(state.begun.person, text)) for work, text in command.answers),
        sections=(),
        weekly_pence=costs.weekly_pence,
        given_by=acting.by.actor,
        received_at=acting.at,
        changed=tuple(sorted(state.changed)),
        one_off_pence=costs.one_off_pence,
        resources=state.resources,
        warnings=judged.warned,
        consequence=state.texts.get("consequence") if "consequence" in state.changed else None,
        sitting_on=state.returns_on,
        cut_off_at=closes_at,
        late=closes_at is not None and acting.at > closes_at,
    )
    return [*edits, given]


def _rewritten(command: GiveFurtherInformation, state: State) -> list[Part]:
    """The edits that the answer itself holds."""
    parts: list[Part] = [CompleteSection(section, text) for section, text in command.sections.items()]
    if command.weekly_pence is not None and state.costs is not None:
        parts.append(GiveCosts(command.weekly_pence, state.costs.one_off_pence, state.resources))
    return parts


def _answers_fit(command: GiveFurtherInformation, state: State) -> None:
    open_work = state.open_work
    works = [work for work, _ in command.answers]
    failing = [
        Failing("/answers", "WORK_UNANSWERED", f"Piece {number} of the further work has no answer.")
        for number, work in enumerate(open_work, 1)
        if work not in works
    ]
    for index, work in enumerate(works):
        if work not in open_work:
            failing.append(Failing(f"/answers/{index}/work", "UNKNOWN_WORK", "This piece of work was not asked for."))
        elif work in works[:index]:
            failing.append(Failing(f"/answers/{index}/work", "WORK_TWICE", "This piece of work is answered already."))
    if failing:
        raise broken(*failing)

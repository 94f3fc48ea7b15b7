"""What a form must hold before it can be submitted, every gap at once with its code, and whether it is in time."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime

from councils.calendar import cut_off, in_london, is_in_time, is_sitting_day, next_sitting
from councils.settings import Kind, Settings
from ledger.decider import Failing, rule_broken
from services.intake.domain.events import FamilyMember

SECTIONS: Mapping[str, tuple[str, str]] = {
    "needs": ("NEEDS_MISSING", "Describe the needs."),
    "outcomes": ("OUTCOMES_MISSING", "Say which outcomes the support is meant to reach."),
    "plan": ("PLAN_MISSING", "Write the plan."),
    "analysis": ("ANALYSIS_MISSING", "Write the analysis of needs."),
    "options_tried": ("OPTIONS_TRIED_MISSING", "Say which other options were tried, and why they were unsuitable."),
    "other_funding": ("OTHER_FUNDING_MISSING", "Say which other sources of funding there may be."),
    "consequence": ("CONSEQUENCE_MISSING", "Say what happens if this is not provided."),
}
"""Every section of the form, with the code and the sentence that stand for its absence (S4 §7, §10; S3)."""


@dataclass(frozen=True)
class Form:
    """An application as far as completeness can see it: never a word of its content."""

    kind: str
    person: str
    family: tuple[FamilyMember, ...]
    indicated: bool
    costed: bool
    sections: Set[str]
    voices: Set[str]
    signed: bool
    agreed: bool


@dataclass(frozen=True)
class Sitting:
    """The sitting an application is handed in for, and the cut-off it kept."""

    forum: str
    on: date
    cut_off_at: datetime


def gaps(form: Form, settings: Settings, sitting_on: date | None) -> list[Failing]:
    """Everything that stands in the way of submitting this form under these settings, in the order of the form."""
    kind = settings.kinds.get(form.kind)
    if kind is None:
        return [Failing("/kind", "UNKNOWN_KIND", "The council no longer takes applications of this kind.")]
    return [
        *_money(form),
        *_sections(form, kind),
        *_voices(form, kind),
        *_signatures(form, settings),
        *_sitting(settings, sitting_on),
    ]


def judged_sitting(settings: Settings, sitting_on: date | None, received_at: datetime) -> Sitting | None:
    """The sitting whose cut-off was kept, or None where the council names none at submission.

    Raises Refused LATE with the next sitting whose cut-off still allows it: no late application is considered, and
    nobody may add one (S4 §5; DOMAIN.md, B1 and B2). ``sitting_on`` has passed :func:`gaps`.
    """
    if settings.submitted_to is None or sitting_on is None:
        return None
    forum = settings.forums[settings.submitted_to]
    missed = cut_off(forum, sitting_on)
    if is_in_time(forum, sitting_on, received_at):
        return Sitting(settings.submitted_to, sitting_on, missed)
    offered = next_sitting(forum, received_at, after=sitting_on)
    raise rule_broken(
        "LATE",
        f"Applications for {_day(sitting_on)} closed at {_time(missed)}. The next sitting that can take it is on "
        f"{_day(offered)}; for an emergency care need ask for a decision out of panel.",
        failing=[Failing("/sitting_on", "LATE", f"{_day(offered)} is offered instead.")],
        cut_off_at=_instant(missed),
        offered=offered.isoformat(),
        offered_cut_off_at=_instant(cut_off(forum, offered)),
    )


def _money(form: Form) -> Iterator[Failing]:
    if not form.indicated:
        yield Failing("/indicative-budget", "NO_INDICATIVE_BUDGET", "Indicate the budget before the plan is written.")
    if not form.costed:
        # S4 §7: "with all information, including the cost requested filled out in full".
        yield Failing("/costs", "COST_MISSING", "Say what the support costs.")


def _sections(form: Form, kind: Kind) -> Iterator[Failing]:
    for section in kind.sections:
        if section not in form.sections:
            code, sentence = SECTIONS.get(section, (f"{section.upper()}_MISSING", "This section is not written."))
            yield Failing(f"/sections/{section}", code, sentence)


def _voices(form: Form, kind: Kind) -> Iterator[Failing]:
    """Who must have been heard, or why they could not be (S4 §13; DOMAIN.md, B12). Named by place, never by name."""
    for wanted in kind.voices:
        if wanted == "parental_responsibility":
            for index, member in enumerate(form.family):
                if member.has_parental_responsibility and member.party not in form.voices:
                    yield Failing(
                        f"/family/{index}",
                        "PR_VIEWS_MISSING",
                        f"Person {index + 1} of the family holds parental responsibility: "
                        "record their views, or why they could not be had.",
                    )
        elif wanted == "child" and not _own_party(form, {"child", "young_person"}) & form.voices:
            yield Failing("/voices", "CHILD_VIEWS_MISSING", "Record the child's wishes and feelings, or why not.")
        elif wanted == "person" and not _own_party(form, {"person"}) & form.voices:
            yield Failing("/voices", "PERSON_VIEWS_MISSING", "Record the person's own views, or why not.")


def _own_party(form: Form, relationships: Set[str]) -> Set[str]:
    """The ids under which the person's own voice may stand: a sibling's does not do where they are named themselves."""
    if any(member.party == form.person for member in form.family):
        return {form.person}
    return {form.person, *(member.party for member in form.family if member.relationship in relationships)}


def _signatures(form: Form, settings: Settings) -> Iterator[Failing]:
    if settings.signatures.signed_by is not None and not form.signed:
        yield Failing("/signature", "TM_SIGNATURE_MISSING", "The team manager has not signed.")
    if settings.signatures.agreed_by is not None and not form.agreed:
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

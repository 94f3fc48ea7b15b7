"""What an application's history adds up to: the form as rules need it, handles of sealed text and no word of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, assert_never

from ledger.decider import Private, altered
from services.intake.applications.domain.events import (
    AbandonmentAgreed,
    AgreementVoided,
    ApplicationAbandoned,
    ApplicationAgreed,
    ApplicationClosed,
    ApplicationEvent,
    ApplicationExpected,
    ApplicationImported,
    ApplicationReopened,
    ApplicationSigned,
    ApplicationStarted,
    ApplicationSubmitted,
    AssessmentTaken,
    ChangesAgreed,
    ChangesSigned,
    CommentAnswered,
    FurtherInformationAsked,
    FurtherInformationGiven,
    Handled,
    PartReopened,
)
from services.intake.applications.domain.form_events import (
    UNSTATED,
    ActionsPlanned,
    AttachmentAdded,
    AttachmentRemoved,
    BudgetIndicated,
    CircumstancesStated,
    ComplexityMarked,
    CostsGiven,
    FamilyAgreementStated,
    FamilyMember,
    FamilyMemberNamed,
    FamilyMemberTakenOut,
    GuardPassed,
    OptionsTried,
    OtherFundingStated,
    ParentalResponsibilityStated,
    ResourceLine,
    ResourcesListed,
    SectionCompleted,
    SupportNeedsStated,
    VoiceRecorded,
)


@dataclass(frozen=True)
class Attachments:
    """The attachments that stand, and which of them were handed in."""

    standing: Mapping[str, AttachmentAdded] = field(default_factory=dict[str, AttachmentAdded])
    handed_in: frozenset[str] = frozenset()

    def by_fingerprint(self, fingerprint: str) -> str | None:
        """The attachment that holds these bytes already."""
        return next((name for name, one in self.standing.items() if one.fingerprint == fingerprint), None)


NOTHING_ATTACHED = Attachments()


UNMARKED = ComplexityMarked(False, False, None)


@dataclass(frozen=True)
class State:
    """The form: which parts are there, who signed what, and what panel asked for.

    ``changed`` names the parts written anew since a deferral; ``changes_signed_by`` and ``changes_agreed_by`` are about
    these alone. ``understood`` are the parties whose views stand beside age and understanding, or could not be had.
    ``family`` is who belongs to the person by now.
    ``forum`` is the one that it was handed in for, ``returns_on`` the sitting that a deferral named.
    """

    stage: Literal["new", "draft", "submitted", "further_information", "closed"] = "new"
    started: ApplicationStarted | None = None
    family: tuple[FamilyMember, ...] = ()
    parental_responsibility: ParentalResponsibilityStated | None = None
    assessed: tuple[str, ...] = ()
    indicative_weekly_pence: int | None = None
    costs: CostsGiven | None = None
    resources: tuple[ResourceLine, ...] = ()
    circumstances: CircumstancesStated = UNSTATED
    complexity: ComplexityMarked = UNMARKED
    texts: Mapping[str, Private] = field(default_factory=dict[str, Private])
    options: OptionsTried | None = None
    funding: OtherFundingStated | None = None
    actions: ActionsPlanned | None = None
    family_agreement: FamilyAgreementStated | None = None
    support_needs: SupportNeedsStated | None = None
    attachments: Attachments = NOTHING_ATTACHED
    voices: frozenset[str] = frozenset()
    understood: frozenset[str] = frozenset()
    signed_by: str | None = None
    agreed_by: str | None = None
    comments: int = 0
    open_comments: tuple[str, ...] = ()
    expected: ApplicationExpected | None = None
    forum: str | None = None
    returns_on: date | None = None
    times_submitted: int = 0
    deferred_by: str = ""
    open_work: tuple[str, ...] = ()
    changed: frozenset[str] = frozenset()
    changes_signed_by: str | None = None
    changes_agreed_by: str | None = None
    abandonment_agreed_by: str | None = None

    @property
    def begun(self) -> ApplicationStarted:
        """How it began; nothing is decided of an application that has not."""
        assert self.started is not None
        return self.started


def evolve(state: State, event: ApplicationEvent) -> State:
    """Each event fills in its part; a void takes signature and agreement away."""
    match event:
        case ApplicationStarted():
            return altered(state, stage="draft", started=event, family=event.family)
        case FamilyMemberNamed(member):
            return altered(state, family=_named(state.family, member))
        case FamilyMemberTakenOut(party=party):
            return _taken_out(state, party)
        case ParentalResponsibilityStated(held_by):
            return altered(state, parental_responsibility=event if held_by else None)
        case AssessmentTaken(parts=parts):
            return altered(state, assessed=parts)
        case BudgetIndicated(weekly_pence):
            return altered(state, indicative_weekly_pence=weekly_pence)
        case CostsGiven():
            return altered(state, costs=event)
        case ResourcesListed(lines):
            return altered(state, resources=lines)
        case CircumstancesStated():
            return altered(state, circumstances=event)
        case ComplexityMarked():
            return altered(state, complexity=event)
        case SectionCompleted(section, text):
            return altered(state, texts={**state.texts, section: text})
        case OptionsTried():
            return altered(state, options=event)
        case OtherFundingStated():
            return altered(state, funding=event)
        case ActionsPlanned():
            return altered(state, actions=event)
        case FamilyAgreementStated():
            return altered(state, family_agreement=event)
        case SupportNeedsStated():
            return altered(state, support_needs=event)
        case AttachmentAdded() | AttachmentRemoved():
            return altered(state, attachments=evolved(state.attachments, event))
        case GuardPassed():
            return state
        case VoiceRecorded():
            return _heard(state, event)
        case _:
            return _signed(state, event)


def _named(family: tuple[FamilyMember, ...], member: FamilyMember) -> tuple[FamilyMember, ...]:
    """Everybody keeps their place; whoever is new comes last."""
    if all(one.party != member.party for one in family):
        return (*family, member)
    return tuple(member if one.party == member.party else one for one in family)


def _taken_out(state: State, party: str) -> State:
    family = tuple(one for one in state.family if one.party != party)
    return altered(state, family=family, voices=state.voices - {party}, understood=state.understood - {party})


def _heard(state: State, voice: VoiceRecorded) -> State:
    whole = voice.views is None or (voice.age_years is not None and voice.understanding is not None)
    understood = state.understood | {voice.party} if whole else state.understood - {voice.party}
    return altered(state, voices=state.voices | {voice.party}, understood=understood)


def _signed(state: State, event: Handled) -> State:
    """The events of signing, handing in, and what comes back."""
    match event:
        case ApplicationSigned(signed_by, comments=comments):
            return _commented(altered(state, signed_by=signed_by), len(comments))
        case CommentAnswered(comment):
            return altered(state, open_comments=tuple(one for one in state.open_comments if one != comment))
        case ApplicationAgreed(agreed_by):
            return altered(state, agreed_by=agreed_by)
        case AgreementVoided():
            return altered(state, signed_by=None, agreed_by=None)
        case ApplicationExpected():
            return altered(state, expected=event)
        case ApplicationSubmitted(times_submitted=times, forum=forum):
            in_panels_hands = altered(state, stage="submitted", forum=forum, attachments=handed_in(state.attachments))
            return altered(in_panels_hands, times_submitted=times, expected=None, abandonment_agreed_by=None)
        case ApplicationReopened():
            return altered(state, stage="draft", open_work=(), **_UNCHANGED)
        case FurtherInformationAsked(decision, work, next_sitting_on):
            # What an earlier deferral opened and nobody has signed since is still to be signed.
            open_work = tuple(piece.work for piece in work)
            asked = altered(state, stage="further_information", deferred_by=decision, open_work=open_work)
            return altered(asked, returns_on=next_sitting_on)
        case PartReopened(part):
            return altered(state, changed=state.changed | {part}, changes_signed_by=None, changes_agreed_by=None)
        case ChangesSigned(signed_by, comments=comments):
            return _commented(altered(state, changes_signed_by=signed_by), len(comments))
        case ChangesAgreed(agreed_by):
            return altered(state, changes_agreed_by=agreed_by)
        case FurtherInformationGiven():
            return _given(state, event)
        case AbandonmentAgreed(agreed_by):
            return altered(state, abandonment_agreed_by=agreed_by)
        case ApplicationAbandoned() | ApplicationClosed() | ApplicationImported():
            return altered(state, stage="closed", open_work=(), expected=None)
        case _:
            assert_never(event)


_UNCHANGED = {"changed": frozenset[str](), "changes_signed_by": None, "changes_agreed_by": None}


def _commented(state: State, count: int) -> State:
    """Comments are numbered through the whole application, so that an answer always finds its comment."""
    total = state.comments + count
    added = tuple(comment_name(number) for number in range(state.comments + 1, total + 1))
    return altered(state, comments=total, open_comments=(*state.open_comments, *added))


def comment_name(number: int) -> str:
    """How the n-th comment of an application is named."""
    return f"comment-{number}"


def _given(state: State, given: FurtherInformationGiven) -> State:
    kept = state.costs.one_off_pence if state.costs else 0
    costs = CostsGiven(given.weekly_pence, kept if given.one_off_pence is None else given.one_off_pence)
    texts = {**state.texts, **{changed.section: changed.text for changed in given.sections}}
    attachments = handed_in(state.attachments)
    return altered(
        state, stage="submitted", open_work=(), costs=costs, texts=texts, attachments=attachments, **_UNCHANGED
    )


def evolved(attachments: Attachments, event: AttachmentAdded | AttachmentRemoved) -> Attachments:
    """One more, or one less."""
    match event:
        case AttachmentAdded(attachment):
            return replace(attachments, standing={**attachments.standing, attachment: event})
        case AttachmentRemoved(attachment):
            standing = {name: one for name, one in attachments.standing.items() if name != attachment}
            return replace(attachments, standing=standing)
        case _:
            assert_never(event)


def handed_in(attachments: Attachments) -> Attachments:
    """The form went to the panel with what is attached now."""
    return replace(attachments, handed_in=attachments.handed_in | attachments.standing.keys())

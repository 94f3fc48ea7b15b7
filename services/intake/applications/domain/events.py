"""What happens to an application, as it is stored: the events of the stream `application-<id>`.

Those by which the parts of its form are written stand in `form_events`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from councils.guards import Warned
from ledger.decider import Private
from services.intake.applications.domain.form_events import (
    UNSTATED,
    CircumstancesStated,
    FamilyMember,
    PartWritten,
    ResourceLine,
)


@dataclass(frozen=True)
class ApplicationStarted:
    """A social worker began an application for a person: who asks, who signs and agrees, and who belongs to them.

    ``warnings`` are the guards that would have refused, had they not stood lower.
    """

    application: str
    kind: str
    person: str
    person_name: Private
    born_on: Private
    contact_email: Private | None
    miles: float | None
    originator: str
    team: str
    team_manager: str
    service: str
    service_manager: str
    family: tuple[FamilyMember, ...]
    settings_version: int
    started_at: datetime
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class AssessmentTaken:
    """The application was begun from an assessment already held: these parts of the form come from it (S2 #11)."""

    assessment: str
    assessed_on: date
    parts: tuple[str, ...]


@dataclass(frozen=True)
class ApplicationSigned:
    """The team manager checked the form and signed it, with comments if there were any (S4 appendix 1)."""

    signed_by: str
    role: str
    comments: tuple[Private, ...]


@dataclass(frozen=True)
class CommentAnswered:
    """The social worker answered one of the team manager's comments (S4 appendix 1)."""

    comment: str
    answer: Private
    answered_by: str


@dataclass(frozen=True)
class ApplicationAgreed:
    """The relevant service manager agrees to the submission (S4 §5).

    ``warnings`` are the guards that would have refused, had they not stood lower.
    """

    agreed_by: str
    role: str
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class AgreementVoided:
    """The form was edited after its signature: signature and agreement no longer stand.

    ``edited`` names the part that was written, or the parts where a return found several that nobody had signed anew;
    ``signature_of`` is None where an agreement stood without a signature.
    """

    edited: str
    signature_of: str | None
    agreement_of: str | None


@dataclass(frozen=True)
class ApplicationExpected:
    """The application is announced for a sitting, whose cut-off it has yet to keep (S4 §5)."""

    forum: str
    sitting_on: date
    cut_off_at: datetime
    announced_by: str
    role: str


@dataclass(frozen=True)
class ApplicationSubmitted:
    """The complete application reached the council in time: everything that others need to route and decide it.

    ``cut_off_at`` of ``forum`` for ``sitting_on`` was judged by ``settings_version``; all three are None where the
    council names no sitting at submission. ``consequence`` is what happens if this is not provided (S3), to stand
    beside any refusal. ``warnings`` as for the agreement.
    """

    application: str
    person: str
    person_name: Private
    contact_email: Private | None
    kind: str
    weekly_pence: int
    one_off_pence: int
    indicative_weekly_pence: int
    complex: bool
    distinctive: bool
    reasons_given: Private | None
    miles: float | None
    originator: str
    team: str
    team_manager: str
    service: str
    service_manager: str
    sitting_on: date | None
    forum: str | None
    cut_off_at: datetime | None
    received_at: datetime
    settings_version: int
    needs: Private | None
    family: tuple[FamilyMember, ...]
    times_submitted: int
    resources: tuple[ResourceLine, ...] = ()
    circumstances: CircumstancesStated = UNSTATED
    consequence: Private | None = None
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class ApplicationReopened:
    """Panel returned the form: it can be edited and submitted again.

    ``cut_off_at`` is that of the sitting it is expected at, as it was known when the return was heard of. ``reasons``
    stay sealed as panel sealed them, for those who must repair the form (B5).
    """

    returned_by: str
    defer_to: date | None
    cut_off_at: datetime | None = None
    reasons: tuple[Private, ...] = ()


@dataclass(frozen=True)
class FurtherWork:
    """One piece of work that a deferral asks for; the text stays sealed as panel sealed it."""

    work: str
    owner: str
    due_at: datetime
    text: Private


@dataclass(frozen=True)
class FurtherInformationAsked:
    """A deferral asked for these pieces of work; everything else in the form stands (S4 appendix 1).

    ``cut_off_at`` is that of the named sitting, as it was known when the deferral was heard of.
    """

    decision: str
    work: tuple[FurtherWork, ...]
    next_sitting_on: date | None
    cut_off_at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """The answer to one piece of further work."""

    work: str
    text: Private


@dataclass(frozen=True)
class ChangedSection:
    """A section as it reads from now on."""

    section: str
    text: Private


@dataclass(frozen=True)
class PartReopened:
    """A part was written anew after a deferral: its signature no longer stands, every other part's does (D5)."""

    part: str


@dataclass(frozen=True)
class ChangesSigned:
    """The team manager signed the parts that changed after a deferral; no other part needed it."""

    signed_by: str
    role: str
    parts: tuple[str, ...]
    comments: tuple[Private, ...]


@dataclass(frozen=True)
class ChangesAgreed:
    """The service manager agrees to the parts that changed after a deferral."""

    agreed_by: str
    role: str
    parts: tuple[str, ...]
    warnings: tuple[Warned, ...]


@dataclass(frozen=True)
class FurtherInformationGiven:
    """Every piece of work that ``decision`` asked for was answered; what is not named here stands as it was.

    ``changed`` names the parts that were written anew since the deferral, which have been signed where the council
    asks for signatures; ``consequence`` is what happens if this is not provided, where that was among them.
    ``sections`` holds texts only in what was stored before parts were signed one by one. ``cut_off_at`` is that of the
    sitting that the deferral named, by the settings in force when the answers were received: what is ``late`` came
    after it, and is taken all the same (D5). Without a named sitting there is no cut-off.
    """

    application: str
    decision: str
    answers: tuple[Answer, ...]
    sections: tuple[ChangedSection, ...]
    weekly_pence: int
    given_by: str
    received_at: datetime
    changed: tuple[str, ...] = ()
    one_off_pence: int | None = None
    resources: tuple[ResourceLine, ...] = ()
    warnings: tuple[Warned, ...] = ()
    consequence: Private | None = None
    sitting_on: date | None = None
    cut_off_at: datetime | None = None
    late: bool = False


@dataclass(frozen=True)
class AbandonmentAgreed:
    """The relevant service manager agrees that the application is given up (S4 §5)."""

    agreed_by: str
    role: str
    reason: Private


@dataclass(frozen=True)
class ApplicationAbandoned:
    """The form was given up while it was in the social worker's hands."""

    application: str
    abandoned_by: str
    agreed_by: str | None
    reason: Private
    abandoned_at: datetime


@dataclass(frozen=True)
class ApplicationClosed:
    """Panel agreed to the application, did not agree to it, or let it be withdrawn: the form is over."""

    outcome: str
    decision: str | None


@dataclass(frozen=True)
class ApplicationImported:
    """A case that was decided before the council used this book was taken in from a file, and how it ended then.

    ``reference`` is the file's own name for it. ``settings_version`` are the terms that the form was held to when it
    was taken in; by which rules it was decided then, nobody knows here.
    """

    application: str
    reference: str
    kind: str
    weekly_pence: int
    one_off_pence: int
    indicative_weekly_pence: int
    complex: bool
    distinctive: bool
    resources: tuple[ResourceLine, ...]
    circumstances: CircumstancesStated
    received_at: datetime
    sitting_on: date | None
    forum: str | None
    settings_version: int
    outcome: str
    made: str
    decided_role: str
    decided_at: datetime
    decided_route: str
    decided_forum: str | None
    times_deferred: int


def codes_at_warn(warnings: tuple[Warned, ...]) -> list[str]:
    """The guards that a council hears of: those at `off` ask nothing, and are kept only as what was in force."""
    return [one.code for one in warnings if one.level == "warn"]


Handled = (
    ApplicationSigned
    | CommentAnswered
    | ApplicationAgreed
    | AgreementVoided
    | ApplicationExpected
    | ApplicationSubmitted
    | ApplicationReopened
    | FurtherInformationAsked
    | PartReopened
    | ChangesSigned
    | ChangesAgreed
    | FurtherInformationGiven
    | AbandonmentAgreed
    | ApplicationAbandoned
    | ApplicationClosed
    | ApplicationImported
)
"""Signing, handing in, and what comes back."""

ApplicationEvent = ApplicationStarted | AssessmentTaken | PartWritten | Handled

"""What others hear of intake: who began a draft, submissions, further information, what is given up, what is missing.

What a draft says, signatures and edits stay inside.
"""

from collections.abc import Sequence
from typing import Annotated

from msgspec import UNSET, UnsetType

from ledger.codec.sealed import sealed_json, sealed_or_none
from ledger.recorded import Decided
from ledger.rows import Outgoing
from services.intake.applications.domain import form_events
from services.intake.applications.domain.events import (
    ApplicationAbandoned,
    ApplicationImported,
    ApplicationStarted,
    ApplicationSubmitted,
    FurtherInformationGiven,
    codes_at_warn,
)
from services.intake.applications.domain.form import SOCIAL_WORKER
from services.intake.expectations.domain.expected import ExpectedNotReceived
from services.public import (
    Count,
    Data,
    Day,
    FamilyMember,
    Id,
    Limits,
    Moment,
    Name,
    OneOf,
    Pence,
    Sealed,
    Some,
    Text,
    outgoing,
    public,
)

RESOURCES = (
    "What the costs are made of; their sums without WORKER_TIME are the costs. "
    "Empty where the council lists no resources."
)


def publish(decided: Decided) -> Sequence[Outgoing]:
    """The public event of one stored event, or nothing."""
    match decided.event:
        # Of a past case, which no social worker begins, its end alone is told: nothing is to be decided of it.
        case ApplicationStarted() as started if decided.row.role == SOCIAL_WORKER:
            data = ApplicationStartedV1(
                application=started.application,
                kind=started.kind,
                originator=started.originator,
                team=started.team,
                started_at=started.started_at.isoformat(),
            )
            return [outgoing(data)]
        case ApplicationSubmitted() as submitted:
            return [outgoing(_submitted(submitted))]
        case FurtherInformationGiven() as given:
            return [outgoing(_given(given))]
        case ApplicationAbandoned() as abandoned:
            data = ApplicationAbandonedV1(
                application=abandoned.application,
                by=abandoned.abandoned_by,
                agreed_by=abandoned.agreed_by,
                reason=sealed_json(abandoned.reason, "reason"),
                abandoned_at=abandoned.abandoned_at.isoformat(),
            )
            return [outgoing(data)]
        case ApplicationImported() as imported:
            return [outgoing(_imported(imported))]
        case form_events.FamilyMemberTakenOut(announced=True) as out:
            data = ApplicationFamilyMemberTakenOutV1(
                application=out.application,
                party=out.party,
                reason=sealed_json(out.reason, "reason"),
                by=out.taken_out_by,
                taken_out_at=out.taken_out_at.isoformat(),
            )
            return [outgoing(data)]
        case ExpectedNotReceived() as noticed:
            data = ExpectedNotReceivedV1(
                expected=f"{noticed.forum}:{noticed.sitting_on.isoformat()}",
                forum=noticed.forum,
                sitting_on=noticed.sitting_on,
                cut_off_at=noticed.cut_off_at.isoformat(),
                noticed_at=noticed.noticed_at.isoformat(),
                missing=[Missing(**vars(one)) for one in noticed.missing],
            )
            return [outgoing(data)]
        case _:
            return []


def _submitted(submitted: ApplicationSubmitted) -> Data:
    return ApplicationSubmittedV1(
        application=submitted.application,
        person=submitted.person,
        person_name=sealed_json(submitted.person_name, "person_name"),
        contact_email=sealed_or_none(submitted.contact_email, "contact_email"),
        kind=submitted.kind,
        weekly_pence=submitted.weekly_pence,
        one_off_pence=submitted.one_off_pence,
        indicative_weekly_pence=submitted.indicative_weekly_pence,
        complex=submitted.complex,
        distinctive=submitted.distinctive,
        reasons_given=sealed_or_none(submitted.reasons_given, "reasons_given"),
        miles=submitted.miles,
        originator=submitted.originator,
        team=submitted.team,
        team_manager=submitted.team_manager,
        service=submitted.service,
        service_manager=submitted.service_manager,
        sitting_on=submitted.sitting_on,
        forum=submitted.forum,
        cut_off_at=submitted.cut_off_at.isoformat() if submitted.cut_off_at else None,
        received_at=submitted.received_at.isoformat(),
        settings_version=submitted.settings_version,
        # The form holds the needs as one text: one need, which later versions of the form may divide.
        needs=[Need(id="need-1", text=sealed_json(submitted.needs, "needs"))] if submitted.needs else [],
        family=[
            FamilyMember(
                party=member.party,
                relationship=member.relationship,
                name=sealed_json(member.name, "family"),
                has_parental_responsibility=member.has_parental_responsibility,
            )
            for member in submitted.family
        ],
        times_submitted=submitted.times_submitted,
        resources=_resources(submitted.resources),
        consequence=sealed_or_none(submitted.consequence, "consequence"),
        warnings=codes_at_warn(submitted.warnings),
        guards=[GuardLevel(guard=one.code, level=one.level) for one in submitted.warnings],
        **vars(submitted.circumstances),
    )


def _given(given: FurtherInformationGiven) -> Data:
    # Against which cut-off it was held; nothing where the deferral named no sitting that has one.
    judged = given.sitting_on is not None and given.cut_off_at is not None
    return ApplicationFurtherInformationGivenV1(
        application=given.application,
        answers=[Answer(work=answer.work, text=sealed_json(answer.text, "answers")) for answer in given.answers],
        changed_sections=[part for part in given.changed if part not in ("costs", "voices")],
        weekly_pence=given.weekly_pence,
        one_off_pence=UNSET if given.one_off_pence is None else given.one_off_pence,
        resources=_resources(given.resources),
        consequence=UNSET if given.consequence is None else sealed_json(given.consequence, "consequence"),
        given_by=given.given_by,
        received_at=given.received_at.isoformat(),
        sitting_on=given.sitting_on if judged and given.sitting_on else UNSET,
        cut_off_at=given.cut_off_at.isoformat() if judged and given.cut_off_at else UNSET,
        late=given.late if judged else UNSET,
    )


def _imported(imported: ApplicationImported) -> Data:
    return ApplicationImportedV1(
        application=imported.application,
        kind=imported.kind,
        weekly_pence=imported.weekly_pence,
        one_off_pence=imported.one_off_pence,
        indicative_weekly_pence=imported.indicative_weekly_pence,
        complex=imported.complex,
        distinctive=imported.distinctive,
        resources=_resources(imported.resources),
        received_at=imported.received_at.isoformat(),
        sitting_on=imported.sitting_on,
        settings_version=imported.settings_version,
        decided=DecidedThen(
            outcome=imported.outcome,
            made=imported.made,
            role=imported.decided_role,
            at=imported.decided_at.isoformat(),
            route=imported.decided_route,
            forum=imported.decided_forum,
            times_deferred=imported.times_deferred,
        ),
        **vars(imported.circumstances),
    )


def _resources(lines: Sequence[form_events.ResourceLine]) -> list["ResourceLine"]:
    return [ResourceLine(**vars(line)) for line in lines]


@public("uk.panelbook.intake.application.abandoned.v1", "An application was given up", "{application}")
class ApplicationAbandonedV1(Data, frozen=True):
    """An application was given up before it came, or came again, into panel's hands."""

    application: Annotated[Id, "The application."]
    by: Annotated[Name, "The social worker who gave it up."]
    agreed_by: Annotated[Name | None, "The service manager who agreed, where the panel waited for it."]
    reason: Annotated[Sealed, "Why."]
    abandoned_at: Annotated[Moment, "When."]


@public(
    "uk.panelbook.intake.application.family_member_taken_out.v1", "Somebody was taken out of a family", "{application}"
)
class ApplicationFamilyMemberTakenOutV1(Data, frozen=True):
    """Somebody named in error does not belong to the family of an application that was handed in: nothing of it is
    sent to them or shown to them from now on, and nobody need inform them.
    """

    application: Annotated[Id, "The application."]
    party: Annotated[Text, "Who was taken out, by opaque id; a later submission may name them again."]
    reason: Annotated[Sealed, "Why they do not belong to it."]
    by: Annotated[Name, "Who took them out."]
    taken_out_at: Annotated[Moment, "When."]


@public("uk.panelbook.intake.application.started.v1", "An application was begun", "{application}")
class ApplicationStartedV1(Data, frozen=True):
    """A social worker began a draft: whoever asks for it decides nothing of it (S0; DOMAIN.md, I6)."""

    application: Annotated[Id, "The application."]
    kind: Annotated[Text, "What is asked for, as a code of the council's settings."]
    originator: Annotated[Name, "The social worker who began it."]
    team: Annotated[Text, "Their team."]
    started_at: Annotated[Moment, "When."]


class Answer(Data, frozen=True):
    """The answer to one piece of further work."""

    work: Annotated[Text, "The piece of work it answers."]
    text: Sealed


class ResourceLine(Data, frozen=True):
    """One resource asked for."""

    resource: Annotated[Text, "A resource of the council's settings, or WORKER_TIME, which never counts."]
    weekly_pence: Pence
    one_off_pence: Pence
    days: Annotated[Count | None, "For how many days, where that is limited."]
    starts_on: Annotated[Day | UnsetType | None, "From when, where that is known."] = UNSET


@public(
    "uk.panelbook.intake.application.further_information_given.v1", "Further information was given", "{application}"
)
class ApplicationFurtherInformationGivenV1(Data, frozen=True):
    """The pieces of further work that a deferral asked for were answered; everything else stands as submitted."""

    application: Annotated[Id, "The application."]
    answers: Annotated[Some[Answer], "One answer for each piece of work."]
    changed_sections: Annotated[Sequence[Text], "The sections that were rewritten; no other section changed."]
    weekly_pence: Annotated[Pence, "The weekly cost as it now stands."]
    given_by: Annotated[Name, "The officer who gave it."]
    received_at: Annotated[Moment, "When it reached the council."]
    one_off_pence: Annotated[Pence | UnsetType, "The one-off cost as it now stands."] = UNSET
    resources: Annotated[Sequence[ResourceLine] | UnsetType, "What the costs are made of now."] = UNSET
    consequence: Annotated[Sealed | UnsetType, "What happens if this is not provided, where that was written anew."] = (
        UNSET
    )
    sitting_on: Annotated[Day | UnsetType, "The sitting that the deferral named, where it has a cut-off."] = UNSET
    cut_off_at: Annotated[
        Moment | UnsetType, "That sitting's cut-off, by the settings in force when this was received."
    ] = UNSET
    late: Annotated[bool | UnsetType, "Whether it was received after that cut-off; it is taken all the same."] = UNSET


class DecidedThen(Data, frozen=True):
    """How a past case ended."""

    outcome: Annotated[str, OneOf("AGREED", "NOT_AGREED", "WITHDRAWN"), "What was decided."]
    made: Annotated[str, OneOf("PANEL", "DELEGATED", "OUT_OF_PANEL"), "How it was decided."]
    role: Annotated[Text, "The role that decided."]
    at: Annotated[Moment, "When."]
    route: Annotated[Text, "The way that it took."]
    forum: Annotated[Text | None, "The forum it went to, if one."]
    times_deferred: Annotated[int, Limits({"minimum": 0}), "How often a panel deferred it."]


@public("uk.panelbook.intake.application.imported.v1", "A past case was taken in", "{application}")
class ApplicationImportedV1(Data, frozen=True):
    """A case that was decided before the council used this book was taken in from a file, through the same rules as
    any form. Nothing follows from it: it is knowledge for those who look back.
    """

    application: Annotated[Id, "The application."]
    kind: Annotated[
        Text, "What kind of application this is, a key of the council's settings: PLACEMENT_MOVE, SUPPORT_PLAN."
    ]
    weekly_pence: Annotated[Pence, "The weekly cost asked for."]
    one_off_pence: Annotated[Pence, "The one-off cost asked for."]
    indicative_weekly_pence: Annotated[Pence, "The indicative budget, known before the plan was written (S0)."]
    complex: Annotated[bool, "Marked very complex (S1)."]
    distinctive: Annotated[bool, "Marked particularly distinctive (S1)."]
    resources: Annotated[Sequence[ResourceLine], RESOURCES]
    within: Annotated[Sequence[Text], "The wider packages that it is part of, such as HIGH_LEVEL_FAMILY_SUPPORT."]
    emergency: Annotated[bool, "An emergency care need."]
    disability_team: Annotated[bool, "A child of the Disability Team."]
    complex_health: Annotated[bool, "Meets the complex health criteria."]
    section: Annotated[str | None, "The section of the Children Act 1989 that it is under: 17, 18 or 20."]
    order: Annotated[str | None, "The order that the support is for: SGO, CHILD_ARRANGEMENTS or ADOPTION_SUPPORT."]
    package: Annotated[str | None, "The package asked for, where the council's lists know it."]
    received_at: Annotated[Moment, "When it reached the council."]
    sitting_on: Annotated[Day | None, "The sitting it was submitted for, if one was named."]
    settings_version: Annotated[Count, "The settings in force at that moment."]
    decided: Annotated[DecidedThen, "How it ended then, as the file has it."]


class Need(Data, frozen=True):
    """One assessed need."""

    id: Annotated[Text, "Names the need within the application."]
    text: Sealed


class GuardLevel(Data, frozen=True):
    """A guard and the level at which the council has it."""

    guard: Annotated[Text, "Its code."]
    level: Annotated[str, OneOf("warn", "off"), "What it did instead of refusing."]


@public("uk.panelbook.intake.application.submitted.v1", "An application was submitted", "{application}")
class ApplicationSubmittedV1(Data, frozen=True):
    """A complete, signed and agreed application reached the council by the cut-off of the sitting it asks for, and
    is in panel's hands from now on.
    """

    application: Annotated[Id, "The application."]
    person: Annotated[Name, "The person whose support is asked for: an opaque party id."]
    person_name: Annotated[Sealed, "The person's chosen name."]
    contact_email: Annotated[Sealed | None, "Where the person can be written to, if by email."]
    kind: Annotated[
        Text, "What kind of application this is, a key of the council's settings: PLACEMENT_MOVE, SUPPORT_PLAN."
    ]
    weekly_pence: Annotated[Pence, "The weekly cost asked for."]
    one_off_pence: Annotated[Pence, "The one-off cost asked for."]
    indicative_weekly_pence: Annotated[Pence, "The indicative budget, known before the plan was written (S0)."]
    complex: Annotated[bool, "Marked very complex (S1)."]
    distinctive: Annotated[bool, "Marked particularly distinctive (S1)."]
    reasons_given: Annotated[Sealed | None, "Why it is marked complex or distinctive."]
    miles: Annotated[
        Annotated[float, Limits({"minimum": 0})] | None, "Miles from home to the placement, where there is one."
    ]
    originator: Annotated[Name, "The social worker who started it."]
    team: Annotated[Name, "The worker's team."]
    team_manager: Annotated[Name, "The officer who signs for the team."]
    service: Annotated[Name, "The service the team belongs to."]
    service_manager: Annotated[Name, "The officer who agrees for the service."]
    sitting_on: Annotated[Day | None, "The sitting it was submitted for, if one was named."]
    forum: Annotated[str | None, "The forum of that sitting, a key of the council's settings."]
    cut_off_at: Annotated[Moment | None, "The cut-off that was judged."]
    received_at: Annotated[Moment, "When it reached the council."]
    settings_version: Annotated[Count, "The settings in force at that moment."]
    needs: Annotated[Sequence[Need], "The assessed needs."]
    family: Annotated[Sequence[FamilyMember], "The person and the people around them."]
    times_submitted: Annotated[Count, "1 for the first submission, one more after every return."]
    resources: Annotated[Sequence[ResourceLine] | UnsetType, RESOURCES] = UNSET
    within: Annotated[
        Sequence[Text] | UnsetType, "The wider packages that it is part of, such as HIGH_LEVEL_FAMILY_SUPPORT."
    ] = UNSET
    emergency: Annotated[bool | UnsetType, "An emergency care need."] = UNSET
    disability_team: Annotated[bool | UnsetType, "A child of the Disability Team."] = UNSET
    complex_health: Annotated[bool | UnsetType, "Meets the complex health criteria."] = UNSET
    section: Annotated[
        str | UnsetType | None, "The section of the Children Act 1989 that it is under: 17, 18 or 20."
    ] = UNSET
    order: Annotated[
        str | UnsetType | None, "The order that the support is for: SGO, CHILD_ARRANGEMENTS or ADOPTION_SUPPORT."
    ] = UNSET
    package: Annotated[str | UnsetType | None, "The package asked for, where the council's lists know it."] = UNSET
    consequence: Annotated[
        Sealed | UnsetType | None, "What happens if this is not provided, to stand beside any refusal."
    ] = UNSET
    warnings: Annotated[Sequence[Text] | UnsetType, "Codes of the guards that warned."] = UNSET
    guards: Annotated[
        Sequence[GuardLevel] | UnsetType, "Every guard that would have refused and did not, with its level."
    ] = UNSET


class Missing(Data, frozen=True):
    """One application that is missing."""

    application: Annotated[str, Limits({"format": "uuid"}), "The application."]
    team: Annotated[Name, "The team it comes from."]
    service: Annotated[Name, "The service that the team belongs to."]
    service_manager: Annotated[Name, "The service manager who is asked."]


@public("uk.panelbook.intake.expected.not_received.v1", "Expected applications were not received", "{expected}")
class ExpectedNotReceivedV1(Data, frozen=True):
    """At the cut-off of a sitting these applications were expected and had not been received: the chair has the
    list, and the service managers are asked for feedback.
    """

    expected: Annotated[Name, "The sitting's expectations: forum and day."]
    forum: Annotated[Name, "The forum, a key of the council's settings."]
    sitting_on: Annotated[Day, "The sitting's day."]
    cut_off_at: Annotated[Moment, "The cut-off that has passed."]
    noticed_at: Annotated[Moment, "When the absence was noticed."]
    missing: Annotated[Some[Missing], "Exactly those that were expected and not received."]

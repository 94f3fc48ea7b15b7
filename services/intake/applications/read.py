"""Applications and assessments as their screens show them: the fold, and the queries over it."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from councils.settings import Settings
from edge.need_to_know import Case
from ledger.changes import Change, Statement, Table
from ledger.codec.sealed import sealed_json
from ledger.decider import Private
from ledger.recorded import Decided, Heard, Recorded
from ledger.store import Reader
from ledger.unit_of_work import subject_of
from services import officers, settings
from services.intake.applications.domain.assessment import AssessmentHeld
from services.intake.applications.domain.events import (
    AbandonmentAgreed,
    AgreementVoided,
    ApplicationAbandoned,
    ApplicationAgreed,
    ApplicationClosed,
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
    PartReopened,
    codes_at_warn,
)
from services.intake.applications.domain.form import SOCIAL_WORKER, owner
from services.intake.applications.domain.form_events import (
    ActionsPlanned,
    BudgetIndicated,
    CircumstancesStated,
    ComplexityMarked,
    CostsGiven,
    FamilyAgreementStated,
    FamilyMember,
    FamilyMemberNamed,
    FamilyMemberTakenOut,
    OptionsTried,
    OtherFundingStated,
    ParentalResponsibilityStated,
    ResourcesListed,
    SectionCompleted,
    SupportNeedsStated,
    VoiceRecorded,
)

STREAM = "application-"
"""How the names of the streams begin whose events make up an application."""

APPLICATION = Table("read.application", key=("application",))
SECTION = Table("read.section", key=("application", "section"))
VOICE = Table("read.voice", key=("application", "party"))
COMMENT = Table("read.comment", key=("application", "comment"))
ANSWER = Table("read.answer", key=("application", "decision", "work"))
ASSESSMENT = Table("read.assessment", key=("assessment",))

_UNCHANGED: dict[str, Any] = {"changed": [], "changes_signed_by": None, "changes_agreed_by": None}


def project(recorded: Recorded) -> Sequence[Change]:
    """What one row changes in the settings as heard, the applications and the assessments."""
    if isinstance(recorded, Heard):
        return [*settings.heard(recorded), *officers.heard(recorded), *_routed(recorded)]
    if isinstance(recorded.event, AssessmentHeld):
        return [_assessment(recorded.event)]
    if not recorded.row.stream.startswith(STREAM):
        return []
    application = subject_of(recorded.row.stream)
    return [*_decided(application, recorded), APPLICATION.row(application).set(version=recorded.row.version)]


def _routed(heard: Heard) -> Sequence[Change]:
    if heard.type != "uk.panelbook.routing.route.routed.v1":
        return []
    shown = ("route", "forum", "sitting_on", "reasons", "settings_version", "table", "row")
    return [APPLICATION.row(heard.data["application"]).set(route={name: heard.data[name] for name in shown})]


def _decided(application: str, decided: Decided) -> Sequence[Change]:
    row, at = APPLICATION.row(application), decided.row.recorded_at
    match decided.event:
        case ApplicationStarted() as started:
            return [_started(started)]
        case AssessmentTaken(assessment, assessed_on, parts):
            return [row.set(assessment=assessment, assessed_on=assessed_on, assessed_parts=list(parts))]
        case BudgetIndicated(weekly_pence):
            return [row.set(indicative_weekly_pence=weekly_pence)]
        case CostsGiven(weekly_pence, one_off_pence):
            return [row.set(weekly_pence=weekly_pence, one_off_pence=one_off_pence)]
        case ComplexityMarked(is_complex, distinctive, reason):
            return [row.set(complex=is_complex, distinctive=distinctive, complexity_reason=_plain(reason))]
        case SectionCompleted(section, text):
            return [_section(application, section, text, at)]
        case VoiceRecorded(party) as voice:
            said = {one.name: _plain(getattr(voice, one.name)) for one in fields(voice) if one.name != "party"}
            return [VOICE.row(application, party).put(**said, recorded_at=at)]
        case FamilyMemberNamed(member):
            return [_named(application, member)]
        case FamilyMemberTakenOut(party=party):
            return [_taken_out(application, party), VOICE.row(application, party).delete()]
        case ParentalResponsibilityStated(held_by) as stated:
            return [row.set(parental_responsibility=_plain(stated) if held_by else None)]
        case ResourcesListed(lines):
            return [row.set(resources=_plain(lines))]
        case CircumstancesStated() as stated:
            return [row.set(circumstances=_plain(stated))]
        case OptionsTried(options):
            return [row.set(options_tried=_plain(options))]
        case OtherFundingStated(sources):
            return [row.set(other_funding=_plain(sources))]
        case ActionsPlanned(actions):
            return [row.set(actions=_plain(actions))]
        case FamilyAgreementStated() as stated:
            return [row.set(family_agreement=_plain(stated))]
        case SupportNeedsStated() as stated:
            return [row.set(support_needs=_plain(stated))]
        case event:
            return _handled(application, event, at)


def _handled(application: str, event: Any, at: datetime) -> Sequence[Change]:
    """The events of signing, handing in, and what comes back."""
    row = APPLICATION.row(application)
    match event:
        case ApplicationSigned(signed_by, _, comments):
            return [row.set(signed_by=signed_by), *_comments(application, comments, signed_by, at)]
        case CommentAnswered(comment, answer, answered_by):
            answered = {"answer": sealed_json(answer), "answered_by": answered_by, "answered_at": at}
            return [COMMENT.row(application, comment).set(**answered)]
        case ApplicationAgreed(agreed_by):
            return [row.set(agreed_by=agreed_by)]
        case AgreementVoided():
            return [row.set(signed_by=None, agreed_by=None)]
        case ApplicationExpected(sitting_on=sitting_on):
            return [row.set(expected_on=sitting_on)]
        case ApplicationSubmitted():
            return [_submitted(event)]
        case ApplicationReopened(by, defer_to, _, reasons):
            returned = {"by": by, "at": at.isoformat(), "reasons": [sealed_json(one) for one in reasons]}
            draft = {"stage": "draft", "further_work": [], "next_sitting_on": defer_to}
            return [row.set(returned=returned, **draft, **_UNCHANGED)]
        case FurtherInformationAsked(decision, work, next_sitting_on):
            asked = {"decision": decision, "further_work": _plain(work), "next_sitting_on": next_sitting_on}
            return [row.set(stage="further_information", outcome="DEFERRED", **asked)]
        case PartReopened(part):
            return [_reopened(application, part), row.set(changes_signed_by=None, changes_agreed_by=None)]
        case ChangesSigned(signed_by, comments=comments):
            return [row.set(changes_signed_by=signed_by), *_comments(application, comments, signed_by, at)]
        case ChangesAgreed(agreed_by):
            return [row.set(changes_agreed_by=agreed_by)]
        case FurtherInformationGiven():
            return _given(event, at)
        case AbandonmentAgreed(agreed_by):
            return [row.set(abandonment_agreed_by=agreed_by)]
        case ApplicationAbandoned():
            return [row.set(stage="closed", outcome="ABANDONED", expected_on=None)]
        case ApplicationImported(outcome=outcome):
            return [row.set(stage="closed", outcome=outcome)]
        case ApplicationClosed(outcome, decision):
            return [row.set(stage="closed", outcome=outcome, decision=decision, further_work=[])]
        case _:
            return []


def _plain(value: Any) -> Any:
    """What an event holds as JSON values, sealed where it is personal."""
    match value:
        case Private():
            return sealed_json(value)
        case tuple():
            return [_plain(one) for one in value]
        case date():
            return value.isoformat()
        case _ if is_dataclass(value):
            return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
        case _:
            return value


def _started(started: ApplicationStarted) -> Change:
    return APPLICATION.row(started.application).insert(
        kind=started.kind,
        stage="draft",
        person=started.person,
        person_name=sealed_json(started.person_name),
        born_on=sealed_json(started.born_on),
        contact_email=_plain(started.contact_email),
        miles=started.miles,
        originator=started.originator,
        team=started.team,
        team_manager=started.team_manager,
        service=started.service,
        service_manager=started.service_manager,
        family=_plain(started.family),
        started_at=started.started_at,
        version=1,
    )


def _assessment(held: AssessmentHeld) -> Change:
    parts = ("needs", "outcomes", "analysis", "indicative_weekly_pence", "weekly_pence", "one_off_pence")
    return ASSESSMENT.row(held.assessment).insert(
        person=held.person,
        person_name=sealed_json(held.person_name),
        born_on=sealed_json(held.born_on),
        assessed_on=held.assessed_on,
        parts={name: _plain(getattr(held, name)) for name in parts},
        held_by=held.held_by,
        held_at=held.held_at,
    )


def _section(application: str, section: str, text: Private, at: datetime) -> Change:
    return SECTION.row(application, section).put(text=sealed_json(text), written_at=at)


def _named(application: str, member: FamilyMember) -> Change:
    """Everybody keeps their place in the family; whoever is new comes last."""
    return Statement(
        (APPLICATION,),
        "update read.application set family = coalesce((select jsonb_agg(case when member ->> 'party' = $3::text"
        " then $4::jsonb else member end order by place) from jsonb_array_elements(family) with ordinality"
        " as listed(member, place)), '[]')"
        " || case when family @> jsonb_build_array(jsonb_build_object('party', $3::text))"
        " then '[]' else jsonb_build_array($4::jsonb) end where council = $1 and application = $2",
        (application, member.party, _plain(member)),
        because="a family is one list, and the event holds one member of it",
    )


def _taken_out(application: str, party: str) -> Change:
    return Statement(
        (APPLICATION,),
        "update read.application set family = (select coalesce(jsonb_agg(member order by place), '[]')"
        " from jsonb_array_elements(family) with ordinality as listed(member, place) where member ->> 'party' <> $3)"
        " where council = $1 and application = $2",
        (application, party),
        because="a family is one list, and the event names one member of it",
    )


def _reopened(application: str, part: str) -> Change:
    return Statement(
        (APPLICATION,),
        "update read.application set changed = (changed - $3::text) || to_jsonb($3::text)"
        " where council = $1 and application = $2",
        (application, part),
        because="what changed is one list, and the event holds one part of it",
    )


def _comments(application: str, comments: Sequence[Private], made_by: str, at: datetime) -> list[Change]:
    """Comments are numbered through the whole application, as the rules number them."""
    return [
        Statement(
            (COMMENT,),
            "insert into read.comment (council, application, comment, text, made_by, made_at)"
            " select $1, $2, 'comment-' || (count(*) + 1), $3, $4, $5 from read.comment"
            " where council = $1 and application = $2",
            (application, sealed_json(comment), made_by, at),
            because="a comment's number is how many stand before it, which the event does not say",
        )
        for comment in comments
    ]


def _submitted(submitted: ApplicationSubmitted) -> Change:
    return APPLICATION.row(submitted.application).set(
        stage="submitted",
        sitting_on=submitted.sitting_on,
        forum=submitted.forum,
        cut_off_at=submitted.cut_off_at,
        submitted_at=submitted.received_at,
        settings_version=submitted.settings_version,
        times_submitted=submitted.times_submitted,
        warnings=codes_at_warn(submitted.warnings),
        guards={one.code: one.level for one in submitted.warnings},
        next_sitting_on=None,
        returned=None,
        expected_on=None,
        abandonment_agreed_by=None,
    )


def _given(given: FurtherInformationGiven, at: datetime) -> Sequence[Change]:
    application = given.application
    once = {} if given.one_off_pence is None else {"one_off_pence": given.one_off_pence}
    asked = {"stage": "submitted", "weekly_pence": given.weekly_pence, "further_work": [], **once, **_UNCHANGED}
    answers = (
        ANSWER.row(application, given.decision, answer.work).insert(
            text=sealed_json(answer.text),
            given_by=given.given_by,
            given_at=given.received_at,
            cut_off_at=given.cut_off_at,
            late=given.late,
        )
        for answer in given.answers
    )
    sections = (_section(application, changed.section, changed.text, at) for changed in given.sections)
    return [APPLICATION.row(application).set(**asked), *sections, *answers]


# --- Reading --------------------------------------------------------------------------------------------------


async def oldest_waiting(reader: Reader) -> dict[str, datetime | None]:
    """Since when the oldest submission has waited for routing's answer."""
    found = await reader.fetch(
        "select min(submitted_at) as since from read.application"
        " where council = $1 and stage = 'submitted' and route is null"
    )
    return {"submitted_to_routed": found[0]["since"]}


async def case_of(reader: Reader, application: str, at: datetime, section: str | None = None) -> Case | None:
    """Who needs to know of an application: whose it is, who writes a section of it; the panel, once it is handed in.

    With ``section`` of what that one has said so far, which its own writer needs to know and no other's.
    """
    found = await reader.fetch(
        "select kind, stage, originator, team, team_manager, service, service_manager, submitted_at"
        " from read.application where council = $1 and application = $2",
        application,
    )
    if not found:
        return None
    return case_in(dict(found[0]), await settings.in_force(reader, at), section)


def case_in(row: Mapping[str, Any], rules: Settings | None, section: str | None = None) -> Case:
    """The case in an application's row, under the settings in force; with ``section`` as :func:`case_of` has it."""
    kind = row["kind"]
    of_kind = rules.kinds[kind].sections if rules is not None and kind in rules.kinds else ()
    sections = of_kind if section is None else (section,)
    # The social workers who write the rest are the application's own, and no other team's.
    writers = frozenset(owner(one, rules) for one in sections) - {SOCIAL_WORKER} if rules is not None else frozenset()
    circulated = (row["submitted_at"] is not None) & (row["stage"] != "draft")
    of = ("originator", "team", "team_manager", "service", "service_manager")
    return Case(**{name: row[name] for name in of}, roles=writers, circulated=circulated)


async def application_of(reader: Reader, application: str) -> dict[str, Any] | None:
    """One application with everything written in it, as it is sealed; None where there is none by this id."""
    found = await reader.fetch(
        "select application, kind, stage, person, person_name, born_on, contact_email, miles, originator, team,"
        " team_manager, service, service_manager, family, started_at, indicative_weekly_pence, weekly_pence,"
        " one_off_pence, complex, distinctive, complexity_reason, signed_by, agreed_by, sitting_on, forum,"
        " cut_off_at, submitted_at, settings_version, times_submitted, further_work, next_sitting_on, route, outcome,"
        " decision, resources, circumstances, options_tried, other_funding, actions, family_agreement, support_needs,"
        " assessment, assessed_on, assessed_parts, expected_on, changed, changes_signed_by, changes_agreed_by,"
        " abandonment_agreed_by, warnings, guards, parental_responsibility, returned, version from read.application"
        " where council = $1 and application = $2",
        application,
    )
    if not found:
        return None
    sections = await reader.fetch(
        "select section, text, written_at from read.section where council = $1 and application = $2 order by section",
        application,
    )
    voices = await reader.fetch(
        "select party, views, why_not_obtainable, age_years, understanding, recorded_at from read.voice"
        " where council = $1 and application = $2 order by party",
        application,
    )
    answers = await reader.fetch(
        "select decision, work, text, given_by, given_at, cut_off_at, late from read.answer"
        " where council = $1 and application = $2 order by given_at, decision, work",
        application,
    )
    comments = await reader.fetch(
        "select comment, text, made_by, made_at, answer, answered_by, answered_at from read.comment"
        " where council = $1 and application = $2 order by made_at, length(comment), comment",
        application,
    )
    return {
        **dict(found[0]),
        "comments": [dict(row) for row in comments],
        "sections": {row["section"]: {"text": row["text"], "written_at": row["written_at"]} for row in sections},
        "voices": [dict(row) for row in voices],
        "answers": [dict(row) for row in answers],
    }


async def assessment_of(reader: Reader, assessment: str) -> dict[str, Any] | None:
    """One assessment as it is sealed; None where the council holds none by this id."""
    found = await reader.fetch(
        "select assessment, person, person_name, born_on, assessed_on, parts, held_by, held_at from read.assessment"
        " where council = $1 and assessment = $2",
        assessment,
    )
    return dict(found[0]) if found else None


async def cases_of_assessment(reader: Reader, assessment: str, at: datetime) -> list[Case]:
    """Who needs to know of an assessment: whoever took it in, and of the applications that began from it."""
    held = await reader.fetch("select held_by from read.assessment where council = $1 and assessment = $2", assessment)
    begun = await reader.fetch(
        "select application from read.application where council = $1 and assessment = $2", assessment
    )
    cases = [await case_of(reader, row["application"], at) for row in begun]
    return [*(Case(named=frozenset({row["held_by"]})) for row in held), *(case for case in cases if case is not None)]

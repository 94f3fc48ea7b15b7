"""Intake's read models: the council's settings as heard, and each application as its screens show it."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from ledger.codec.sealed import sealed_json
from ledger.decider import Private
from ledger.recorded import Decided, Heard, Recorded
from ledger.rows import Change
from ledger.unit_of_work import subject_of
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
)
from services.intake.applications.domain.form_events import (
    ActionsPlanned,
    BudgetIndicated,
    CircumstancesStated,
    ComplexityMarked,
    CostsGiven,
    FamilyAgreementStated,
    FamilyMember,
    FamilyMemberNamed,
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


def project(recorded: Recorded) -> Sequence[Change]:
    """The statements that keep the read models in step with one row."""
    return _heard(recorded) if isinstance(recorded, Heard) else _decided(recorded)


def _heard(heard: Heard) -> Sequence[Change]:
    data = heard.data
    match heard.type:
        case "uk.panelbook.routing.settings.published.v1":
            return [
                Change(
                    "insert into read.settings (council, version, in_force_from, document) values ($1, $2, $3, $4)",
                    (data["version"], datetime.fromisoformat(data["in_force_from"]), data["settings"]),
                )
            ]
        case "uk.panelbook.routing.route.routed.v1":
            shown = ("route", "forum", "sitting_on", "reasons", "settings_version", "table", "row")
            return [_set(data["application"], "route = $3", {name: data[name] for name in shown})]
        case _:
            return []


def _decided(decided: Decided) -> Sequence[Change]:
    match decided.event:
        case AssessmentHeld() as held:
            return [_assessment(held)]
        case _ if decided.row.stream.startswith(STREAM):
            application = subject_of(decided.row.stream)
            changes = _changes(application, decided.event, decided.row.recorded_at)
            return _at_version(application, decided.row.version, changes)
        case _:
            return []


def _changes(application: str, event: Any, at: datetime) -> Sequence[Change]:
    match event:
        case ApplicationStarted():
            return [_started(event)]
        case AssessmentTaken(assessment, assessed_on, parts):
            told = (assessment, assessed_on, list(parts))
            return [_set(application, "assessment = $3, assessed_on = $4, assessed_parts = $5", *told)]
        case BudgetIndicated(weekly_pence):
            return [_set(application, "indicative_weekly_pence = $3", weekly_pence)]
        case CostsGiven(weekly_pence, one_off_pence):
            return [_set(application, "weekly_pence = $3, one_off_pence = $4", weekly_pence, one_off_pence)]
        case ComplexityMarked(is_complex, distinctive, reason):
            told = (is_complex, distinctive, _sealed(reason))
            return [_set(application, "complex = $3, distinctive = $4, complexity_reason = $5", *told)]
        case SectionCompleted(section, text):
            return [_section(application, section, text, at)]
        case VoiceRecorded():
            return [_voice(application, event, at)]
        case FamilyMemberNamed():
            return [_named(application, event)]
        case ParentalResponsibilityStated():
            return [_stated(application, event)]
        case ResourcesListed(lines):
            return [_set(application, "resources = $3", _plain(lines))]
        case CircumstancesStated():
            return [_set(application, "circumstances = $3", _plain(event))]
        case OptionsTried(options):
            return [_set(application, "options_tried = $3", _plain(options))]
        case OtherFundingStated(sources):
            return [_set(application, "other_funding = $3", _plain(sources))]
        case ActionsPlanned(actions):
            return [_set(application, "actions = $3", _plain(actions))]
        case FamilyAgreementStated():
            return [_set(application, "family_agreement = $3", _plain(event))]
        case SupportNeedsStated():
            return [_set(application, "support_needs = $3", _plain(event))]
        case _:
            return _signed(application, event, at)


def _signed(application: str, event: Any, at: datetime) -> Sequence[Change]:
    """The events of signing, handing in, and what comes back."""
    match event:
        case ApplicationSigned(signed_by, _, comments):
            made = [_comment(application, comment, signed_by, at) for comment in comments]
            return [_set(application, "signed_by = $3", signed_by), *made]
        case CommentAnswered(comment, answer, answered_by):
            return [_answered(application, comment, answer, answered_by, at)]
        case ApplicationAgreed(agreed_by):
            return [_set(application, "agreed_by = $3", agreed_by)]
        case AgreementVoided():
            return [_set(application, "signed_by = null, agreed_by = null")]
        case ApplicationExpected():
            return [_set(application, "expected_on = $3", event.sitting_on)]
        case ApplicationSubmitted():
            return [_submitted(event)]
        case ApplicationReopened(defer_to=defer_to):
            told = ([], defer_to)
            return [_set(application, f"stage = 'draft', further_work = $3, next_sitting_on = $4, {_UNCHANGED}", *told)]
        case FurtherInformationAsked():
            return [_asked(application, event)]
        case PartReopened(part):
            return [
                _set(
                    application,
                    "changed = (changed - $3::text) || to_jsonb($3::text),"
                    " changes_signed_by = null, changes_agreed_by = null",
                    part,
                )
            ]
        case ChangesSigned(signed_by, comments=comments):
            made = [_comment(application, comment, signed_by, at) for comment in comments]
            return [_set(application, "changes_signed_by = $3", signed_by), *made]
        case ChangesAgreed(agreed_by):
            return [_set(application, "changes_agreed_by = $3", agreed_by)]
        case FurtherInformationGiven():
            return _given(event, at)
        case AbandonmentAgreed(agreed_by):
            return [_set(application, "abandonment_agreed_by = $3", agreed_by)]
        case ApplicationAbandoned():
            return [_set(application, "stage = 'closed', outcome = 'ABANDONED', expected_on = null")]
        case ApplicationImported(outcome=outcome):
            return [_set(application, "stage = 'closed', outcome = $3", outcome)]
        case ApplicationClosed(outcome, decision):
            told = (outcome, decision, [])
            return [_set(application, "stage = 'closed', outcome = $3, decision = $4, further_work = $5", *told)]
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


_UPDATE = "update read.application "
_UNCHANGED = "changed = '[]', changes_signed_by = null, changes_agreed_by = null"


def _set(application: str, assignments: str, *values: Any) -> Change:
    return Change(f"{_UPDATE}set {assignments} where council = $1 and application = $2", (application, *values))


def _at_version(application: str, version: int, changes: Sequence[Change]) -> Sequence[Change]:
    """The changes and the application's version, which travels with the last of them if that is about its row too."""
    same = f"{_UPDATE}set "
    if not changes or not changes[-1].sql.startswith(same) or changes[-1].args[0] != application:
        return [*changes, _set(application, "version = $3", version)]
    last = changes[-1]
    together = f"{same}version = ${len(last.args) + 2}, {last.sql.removeprefix(same)}"
    return [*changes[:-1], Change(together, (*last.args, version))]


def _sealed(private: Private | None) -> dict[str, str] | None:
    return None if private is None else sealed_json(private)


def _started(started: ApplicationStarted) -> Change:
    return Change(
        "insert into read.application (council, application, kind, stage, person, person_name, born_on, contact_email,"
        " miles, originator, team, team_manager, service, service_manager, family, started_at, version)"
        " values ($1, $2, $3, 'draft', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)",
        (
            started.application,
            started.kind,
            started.person,
            sealed_json(started.person_name),
            sealed_json(started.born_on),
            _sealed(started.contact_email),
            started.miles,
            started.originator,
            started.team,
            started.team_manager,
            started.service,
            started.service_manager,
            _family_shown(started.family),
            started.started_at,
        ),
    )


def _section(application: str, section: str, text: Private, at: datetime) -> Change:
    return Change(
        "insert into read.section (council, application, section, text, written_at) values ($1, $2, $3, $4, $5)"
        " on conflict (council, application, section) do update"
        " set text = excluded.text, written_at = excluded.written_at",
        (application, section, sealed_json(text), at),
    )


def _comment(application: str, comment: Private, made_by: str, at: datetime) -> Change:
    """Comments are numbered through the whole application, as the rules number them."""
    return Change(
        "insert into read.comment (council, application, comment, text, made_by, made_at)"
        " select $1, $2, 'comment-' || (count(*) + 1), $3, $4, $5 from read.comment"
        " where council = $1 and application = $2",
        (application, sealed_json(comment), made_by, at),
    )


def _answered(application: str, comment: str, answer: Private, answered_by: str, at: datetime) -> Change:
    return Change(
        "update read.comment set answer = $4, answered_by = $5, answered_at = $6"
        " where council = $1 and application = $2 and comment = $3",
        (application, comment, sealed_json(answer), answered_by, at),
    )


def _assessment(held: AssessmentHeld) -> Change:
    parts = {
        "needs": sealed_json(held.needs),
        "outcomes": sealed_json(held.outcomes),
        "analysis": _sealed(held.analysis),
        "indicative_weekly_pence": held.indicative_weekly_pence,
        "weekly_pence": held.weekly_pence,
        "one_off_pence": held.one_off_pence,
    }
    return Change(
        "insert into read.assessment (council, assessment, person, person_name, born_on, assessed_on, parts, held_by,"
        " held_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        (
            held.assessment,
            held.person,
            sealed_json(held.person_name),
            sealed_json(held.born_on),
            held.assessed_on,
            parts,
            held.held_by,
            held.held_at,
        ),
    )


def _family_shown(family: Sequence[FamilyMember]) -> list[dict[str, Any]]:
    """A family as its column holds it; every name sealed as its own."""
    return [
        {
            "party": member.party,
            "relationship": member.relationship,
            "name": sealed_json(member.name),
            "has_parental_responsibility": member.has_parental_responsibility,
        }
        for member in family
    ]


def _named(application: str, event: FamilyMemberNamed) -> Change:
    """Everybody keeps their place in the family; whoever is new comes last."""
    return Change(
        "update read.application set family = coalesce((select jsonb_agg(case when member ->> 'party' = $3::text"
        " then $4::jsonb else member end order by place) from jsonb_array_elements(family) with ordinality"
        " as listed(member, place)), '[]')"
        " || case when family @> jsonb_build_array(jsonb_build_object('party', $3::text))"
        " then '[]' else jsonb_build_array($4::jsonb) end where council = $1 and application = $2",
        (application, event.member.party, *_family_shown([event.member])),
    )


def _stated(application: str, event: ParentalResponsibilityStated) -> Change:
    """Who holds parental responsibility where no relative does; nothing once that was taken back."""
    shown = {"held_by": event.held_by, "reason": _sealed(event.reason)} if event.held_by else None
    return Change(
        "update read.application set parental_responsibility = $3 where council = $1 and application = $2",
        (application, shown),
    )


def _voice(application: str, voice: VoiceRecorded, at: datetime) -> Change:
    """The newest that somebody said, or why that could not be had."""
    said = (voice.views, voice.why_not_obtainable, voice.age_years, voice.understanding)
    return Change(
        "insert into read.voice (council, application, party, views, why_not_obtainable, age_years, understanding,"
        " recorded_at) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (council, application, party) do update"
        " set views = excluded.views, why_not_obtainable = excluded.why_not_obtainable,"
        " age_years = excluded.age_years, understanding = excluded.understanding, recorded_at = excluded.recorded_at",
        (application, voice.party, *map(_sealed, said), at),
    )


def _submitted(submitted: ApplicationSubmitted) -> Change:
    return _set(
        submitted.application,
        "stage = 'submitted', sitting_on = $3, forum = $4, cut_off_at = $5, submitted_at = $6, settings_version = $7,"
        " times_submitted = $8, warnings = $9, guards = $10, next_sitting_on = null, expected_on = null,"
        " abandonment_agreed_by = null",
        submitted.sitting_on,
        submitted.forum,
        submitted.cut_off_at,
        submitted.received_at,
        submitted.settings_version,
        submitted.times_submitted,
        list(submitted.warnings),
        submitted.guards,
    )


def _asked(application: str, asked: FurtherInformationAsked) -> Change:
    work = [
        {
            "work": piece.work,
            "owner": piece.owner,
            "due_at": piece.due_at.isoformat(),
            "text": sealed_json(piece.text),
        }
        for piece in asked.work
    ]
    return _set(
        application,
        "stage = 'further_information', outcome = 'DEFERRED', decision = $3, further_work = $4, next_sitting_on = $5",
        asked.decision,
        work,
        asked.next_sitting_on,
    )


def _given(given: FurtherInformationGiven, at: datetime) -> Sequence[Change]:
    application = given.application
    return [
        _set(
            application,
            "stage = 'submitted', weekly_pence = $3, one_off_pence = coalesce($4, one_off_pence), further_work = $5,"
            f" {_UNCHANGED}",
            given.weekly_pence,
            given.one_off_pence,
            [],
        ),
        *(_section(application, changed.section, changed.text, at) for changed in given.sections),
        *(
            Change(
                "insert into read.answer (council, application, decision, work, text, given_by, given_at, cut_off_at,"
                " late) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                (
                    application,
                    given.decision,
                    answer.work,
                    sealed_json(answer.text),
                    given.given_by,
                    given.received_at,
                    given.cut_off_at,
                    given.late,
                ),
            )
            for answer in given.answers
        ),
    ]

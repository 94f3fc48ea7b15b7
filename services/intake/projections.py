"""Intake's read models: the council's settings as heard, and each application as its screens show it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from councils.settings import Settings
from ledger.book import Decided, Heard, Told, subject_of
from ledger.decider import Private
from ledger.rows import Change
from ledger.sealed import sealed_json
from ledger.store import Reader
from services.intake.domain.events import (
    AgreementVoided,
    ApplicationAgreed,
    ApplicationClosed,
    ApplicationReopened,
    ApplicationSigned,
    ApplicationStarted,
    ApplicationSubmitted,
    BudgetIndicated,
    ComplexityMarked,
    CostsGiven,
    FurtherInformationAsked,
    FurtherInformationGiven,
    SectionCompleted,
    VoiceRecorded,
)

LISTED = 500
"""Applications in one list, newest first."""


def project(told: Told) -> Sequence[Change]:
    """The statements that keep the read models in step with one row."""
    return _heard(told) if isinstance(told, Heard) else _decided(told)


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
    application = subject_of(decided.row.stream)
    changes = _changes(application, decided.event, decided.row.recorded_at)
    return [*changes, _set(application, "version = $3", decided.row.version)]


def _changes(application: str, event: Any, at: datetime) -> Sequence[Change]:
    match event:
        case ApplicationStarted():
            return [_started(event)]
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
        case ApplicationSigned(signed_by, _, comments):
            sealed = [sealed_json(comment) for comment in comments]
            return [_set(application, "signed_by = $3, comments = $4", signed_by, sealed)]
        case ApplicationAgreed(agreed_by):
            return [_set(application, "agreed_by = $3", agreed_by)]
        case AgreementVoided():
            return [_set(application, "signed_by = null, agreed_by = null, comments = $3", [])]
        case ApplicationSubmitted():
            return [_submitted(event)]
        case ApplicationReopened(_, defer_to):
            return [_set(application, "stage = 'draft', further_work = $3, next_sitting_on = $4", [], defer_to)]
        case FurtherInformationAsked():
            return [_asked(application, event)]
        case FurtherInformationGiven():
            return _given(event, at)
        case ApplicationClosed(outcome, decision):
            told = (outcome, decision, [])
            return [_set(application, "stage = 'closed', outcome = $3, decision = $4, further_work = $5", *told)]
        case _:
            return []


def _set(application: str, assignments: str, *values: Any) -> Change:
    return Change(
        f"update read.application set {assignments} where council = $1 and application = $2", (application, *values)
    )


def _sealed(private: Private | None) -> dict[str, str] | None:
    return None if private is None else sealed_json(private)


def _started(started: ApplicationStarted) -> Change:
    family = [
        {
            "party": member.party,
            "relationship": member.relationship,
            "name": sealed_json(member.name),
            "has_parental_responsibility": member.has_parental_responsibility,
        }
        for member in started.family
    ]
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
            family,
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


def _voice(application: str, voice: VoiceRecorded, at: datetime) -> Change:
    return Change(
        "insert into read.voice (council, application, party, views, why_not_obtainable, recorded_at)"
        " values ($1, $2, $3, $4, $5, $6) on conflict (council, application, party) do update"
        " set views = excluded.views, why_not_obtainable = excluded.why_not_obtainable,"
        " recorded_at = excluded.recorded_at",
        (application, voice.party, _sealed(voice.views), _sealed(voice.why_not_obtainable), at),
    )


def _submitted(submitted: ApplicationSubmitted) -> Change:
    return _set(
        submitted.application,
        "stage = 'submitted', sitting_on = $3, forum = $4, cut_off_at = $5, submitted_at = $6, settings_version = $7,"
        " times_submitted = $8, next_sitting_on = null",
        submitted.sitting_on,
        submitted.forum,
        submitted.cut_off_at,
        submitted.received_at,
        submitted.settings_version,
        submitted.times_submitted,
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
        _set(application, "stage = 'submitted', weekly_pence = $3, further_work = $4", given.weekly_pence, []),
        *(_section(application, changed.section, changed.text, at) for changed in given.sections),
        *(
            Change(
                "insert into read.answer (council, application, decision, work, text, given_by, given_at)"
                " values ($1, $2, $3, $4, $5, $6, $7)",
                (application, given.decision, answer.work, sealed_json(answer.text), given.given_by, given.received_at),
            )
            for answer in given.answers
        ),
    ]


# --- Reading --------------------------------------------------------------------------------------------------


async def settings_in_force(reader: Reader, at: datetime) -> Settings | None:
    """The newest heard settings that were in force at a moment, or None before the first ones are."""
    found = await reader.fetch(
        "select document from read.settings where council = $1 and in_force_from <= $2 order by version desc limit 1",
        at,
    )
    return Settings.read(found[0]["document"]) if found else None


async def oldest_waiting(reader: Reader) -> dict[str, datetime | None]:
    """Since when the oldest submission has waited for routing's answer."""
    found = await reader.fetch(
        "select min(submitted_at) as since from read.application"
        " where council = $1 and stage = 'submitted' and route is null"
    )
    return {"submitted_to_routed": found[0]["since"]}


async def applications(
    reader: Reader, *, team: str | None, stage: str | None, sitting_on: date | None
) -> list[dict[str, Any]]:
    """Applications without anything personal, newest first; each filter that is not None narrows the list."""
    found = await reader.fetch(
        "select application, kind, stage, originator, team, service, weekly_pence, indicative_weekly_pence, complex,"
        " distinctive, sitting_on, forum, submitted_at, times_submitted, route, outcome, version"
        " from read.application where council = $1 and ($2::text is null or team = $2)"
        " and ($3::text is null or stage = $3) and ($4::date is null or sitting_on = $4)"
        " order by started_at desc, application limit $5",
        team,
        stage,
        sitting_on,
        LISTED,
    )
    return [dict(row) for row in found]


async def application_of(reader: Reader, application: str) -> dict[str, Any] | None:
    """One application with everything written in it, as it is sealed; None where there is none by this id."""
    found = await reader.fetch(
        "select application, kind, stage, person, person_name, born_on, contact_email, miles, originator, team,"
        " team_manager, service, service_manager, family, started_at, indicative_weekly_pence, weekly_pence,"
        " one_off_pence, complex, distinctive, complexity_reason, signed_by, comments, agreed_by, sitting_on, forum,"
        " cut_off_at, submitted_at, settings_version, times_submitted, further_work, next_sitting_on, route, outcome,"
        " decision, version from read.application where council = $1 and application = $2",
        application,
    )
    if not found:
        return None
    sections = await reader.fetch(
        "select section, text, written_at from read.section where council = $1 and application = $2 order by section",
        application,
    )
    voices = await reader.fetch(
        "select party, views, why_not_obtainable, recorded_at from read.voice"
        " where council = $1 and application = $2 order by party",
        application,
    )
    answers = await reader.fetch(
        "select decision, work, text, given_by, given_at from read.answer"
        " where council = $1 and application = $2 order by given_at, decision, work",
        application,
    )
    return {
        **dict(found[0]),
        "sections": {row["section"]: {"text": row["text"], "written_at": row["written_at"]} for row in sections},
        "voices": [dict(row) for row in voices],
        "answers": [dict(row) for row in answers],
    }

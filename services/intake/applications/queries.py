"""What is looked up in the read models of applications: settings as heard, lists, and one application."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

import msgspec

from councils.settings import Settings
from ledger.store import Reader

LISTED = 500
"""Applications in one list, newest first."""


async def settings_in_force(reader: Reader, at: datetime) -> Settings | None:
    """The newest heard settings that were in force at a moment, or None before the first ones are."""
    found = await reader.fetch(
        "select document::text as document from read.settings"
        " where council = $1 and in_force_from <= $2 order by version desc limit 1",
        at,
    )
    return _settings(found[0]["document"]) if found else None


async def settings_turn_at(reader: Reader, at: datetime) -> datetime | None:
    """When the next heard settings come into force after a moment."""
    found = await reader.fetch(
        "select min(in_force_from) as turns from read.settings where council = $1 and in_force_from > $2", at
    )
    return found[0]["turns"]


@lru_cache(maxsize=256)
def _settings(document: str) -> Settings:
    """Settings by their text: nearly every command asks for the same ones, and they take half a millisecond to read."""
    return Settings.read(msgspec.json.decode(document))


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
        " one_off_pence, complex, distinctive, complexity_reason, signed_by, agreed_by, sitting_on, forum,"
        " cut_off_at, submitted_at, settings_version, times_submitted, further_work, next_sitting_on, route, outcome,"
        " decision, resources, circumstances, options_tried, other_funding, actions, family_agreement, support_needs,"
        " assessment, assessed_on, assessed_parts, expected_on, changed, changes_signed_by, changes_agreed_by,"
        " abandonment_agreed_by, warnings, guards, parental_responsibility, version from read.application"
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

"""The family as it is read: everybody under their own id, and what they think and wish."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ledger.decider import Private
from ledger.rows import Change
from ledger.sealed import sealed_json
from services.intake.domain.events import FamilyMember, FamilyMemberNamed, VoiceRecorded
from services.intake.domain.parts import ParentalResponsibilityStated


def family_shown(family: Sequence[FamilyMember]) -> list[dict[str, Any]]:
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


def named(application: str, event: FamilyMemberNamed) -> Change:
    """Everybody keeps their place in the family; whoever is new comes last."""
    return Change(
        "update read.application set family = coalesce((select jsonb_agg(case when member ->> 'party' = $3::text"
        " then $4::jsonb else member end order by place) from jsonb_array_elements(family) with ordinality"
        " as listed(member, place)), '[]')"
        " || case when family @> jsonb_build_array(jsonb_build_object('party', $3::text))"
        " then '[]' else jsonb_build_array($4::jsonb) end where council = $1 and application = $2",
        (application, event.member.party, *family_shown([event.member])),
    )


def stated(application: str, event: ParentalResponsibilityStated) -> Change:
    """Who holds parental responsibility where no relative does; nothing once that was taken back."""
    shown = {"held_by": event.held_by, "reason": _sealed(event.reason)} if event.held_by else None
    return Change(
        "update read.application set parental_responsibility = $3 where council = $1 and application = $2",
        (application, shown),
    )


def heard(application: str, voice: VoiceRecorded, at: datetime) -> Change:
    """The newest that somebody said, or why that could not be had."""
    said = (voice.views, voice.why_not_obtainable, voice.age_years, voice.understanding)
    return Change(
        "insert into read.voice (council, application, party, views, why_not_obtainable, age_years, understanding,"
        " recorded_at) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (council, application, party) do update"
        " set views = excluded.views, why_not_obtainable = excluded.why_not_obtainable,"
        " age_years = excluded.age_years, understanding = excluded.understanding, recorded_at = excluded.recorded_at",
        (application, voice.party, *map(_sealed, said), at),
    )


def _sealed(private: Private | None) -> dict[str, str] | None:
    return None if private is None else sealed_json(private)

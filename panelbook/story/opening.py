"""Before the first case: each council appoints its officers and publishes its own rules.

In that order: a service that has heard of the rules has heard of the officers too, whom a form may name (I3).
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from councils.packs import load_pack
from panelbook.story.narrator import Narrator, Officer


def publish(tell: Narrator, publisher: Officer, slug: str) -> None:
    """Publish a pack's settings, in force fifteen minutes later (their own notice)."""
    settings: dict[str, Any] = load_pack(slug)
    in_force = tell.now + timedelta(minutes=settings["publication_notice_minutes"])
    tell.does(
        publisher,
        f"publishes the settings of {settings['name']}, in force in {settings['publication_notice_minutes']} minutes",
        "POST",
        "routing/settings",
        {"settings": settings, "in_force_from": in_force.isoformat()},
        rule="settings are never changed, only followed by a next version, and never in force at once",
    )


def appoint(tell: Narrator, by: Officer, officers: Sequence[Officer]) -> None:
    """Put officers on the council's list, so that messages can find them."""
    for officer in officers:
        tell.does(
            by,
            f"appoints {officer.name} as {officer.role.replace('_', ' ')}",
            "POST",
            "routing/officers",
            {
                "officer": officer.id,
                "role": officer.role,
                "team": officer.team or None,
                "service": officer.service or None,
                "name": officer.name,
                "email": officer.email,
            },
        )

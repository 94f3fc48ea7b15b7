"""Who is told of what, and what would reach nobody: a letter to a role that no officer holds (DOMAIN I3)."""

from collections.abc import Collection
from dataclasses import dataclass

from councils.settings import Settings


@dataclass(frozen=True)
class Addressed:
    """A letter, alarm or task that goes to whoever holds one of some roles."""

    what: str
    roles: tuple[str, ...]


def addressed(settings: Settings) -> tuple[Addressed, ...]:
    """Everything that goes to roles instead of to a named officer, by the name of its letter, alarm or task."""
    directors = settings.out_of_panel.high_cost_by
    return (
        Addressed("expected_not_received", ("chair",)),
        Addressed("complaint_opened", ("complaints_officer",)),
        Addressed("out_of_panel_overdue", directors),
        Addressed("authority_conflict", directors),
        Addressed("TELL_ANOTHER_WAY", ("panel_administrator",)),
    )


def reaching_nobody(settings: Settings, held: Collection[str]) -> tuple[Addressed, ...]:
    """What goes to roles of which no officer holds any."""
    return tuple(one for one in addressed(settings) if not set(one.roles) & set(held))

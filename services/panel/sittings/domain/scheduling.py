"""A forum sits once on one of its days, under the rules of the settings in force."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from councils import calendar
from councils.settings import Settings
from ledger.decider import Acting, rule_broken, wrong_state
from services.panel.known.domain.days import not_a_sitting_day
from services.panel.known.domain.requirements import require
from services.panel.sittings.domain.events import Event, SittingScheduled
from services.panel.sittings.domain.requirements import ADMINISTRATOR, require_role
from services.panel.sittings.domain.state import State


@dataclass(frozen=True)
class ScheduleSitting:
    """Put a sitting of a forum in the calendar, under the settings in force."""

    sitting: UUID
    forum: str
    on: date


def schedule(command: ScheduleSitting, state: State, acting: Acting[Settings]) -> list[Event]:
    """In the calendar with its day's moments and the rules it will be held to. Raises Refused."""
    require_role(acting.by, (ADMINISTRATOR,))
    forum = acting.settings.forums.get(command.forum)
    if forum is None:
        raise rule_broken("NO_SUCH_FORUM", f"The settings in force know no forum {command.forum}.", forum=command.forum)
    if state.plan is not None:
        raise wrong_state("ALREADY_SCHEDULED", f"The {forum.name} already sits on {command.on:%d %B %Y}.")
    require(acting.settings, not_a_sitting_day("/on", forum, command.on))
    return [
        SittingScheduled(
            sitting=command.sitting,
            forum=command.forum,
            on=command.on,
            starts_at=calendar.starts_at(forum, command.on),
            minutes=forum.minutes,
            cut_off_at=calendar.cut_off(forum, command.on),
            ordinary_minutes=forum.slots.ordinary,
            complex_minutes=forum.slots.complex,
            quorum=forum.quorum,
            chair_roles=forum.chair_roles,
            core_members=forum.core_members,
            settings_version=acting.settings.version,
            scheduled_by=acting.by.actor,
        )
    ]

"""Which forum ratifies a decision outside a panel, and at which of its sittings (E2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from councils import calendar
from councils.settings import Forum, Settings
from ledger.decider import Acting
from services.panel.decisions.domain.events import Event, RatificationSet
from services.panel.decisions.domain.state import State
from services.panel.known.domain.case import Route


def ratifying_forum(settings: Settings, route: Route | None) -> str:
    """The forum the application was routed to, else the one to which applications are submitted, else the first."""
    for code in (route.forum if route else None, settings.submitted_to):
        if code is not None and code in settings.forums:
            return code
    return next(iter(settings.forums))


def ratification(
    settings: Settings | None, route: Route | None, at: datetime, stages: Mapping[date, str]
) -> tuple[str | None, date | None]:
    """The forum that ratifies, and its first sitting that has not begun (E2)."""
    if settings is None or not settings.forums:
        return None, None
    code = ratifying_forum(settings, route)
    return code, next_to_open(settings.forums[code], at, stages)


def next_to_open(forum: Forum, at: datetime, stages: Mapping[date, str]) -> date:
    """The day of the forum's first sitting that has not begun; ``stages`` are those of its sittings from today on.

    One that is scheduled counts until it is opened, however late it opens; a day without a sitting in the calendar yet
    counts when the forum ordinarily sits then and its time has not come.
    """
    day = calendar.london_date(at)
    while True:
        stage = stages.get(day)
        ordinarily = calendar.is_sitting_day(forum, day) and at < calendar.starts_at(forum, day)
        if stage == "scheduled" or (stage is None and ordinarily):
            return day
        day += calendar.DAY


@dataclass(frozen=True)
class SetRatification:
    """Name the sitting that ratifies, now that there are settings; ``stages`` are the forum's sittings from today."""

    decision: UUID
    stages: Mapping[date, str] = field(default_factory=dict[date, str])


def set_ratification(command: SetRatification, state: State, acting: Acting[Settings]) -> list[Event]:
    """The sitting of what was decided while this service knew of none; nothing where one is named already."""
    outside, settings = state.elsewhere.of(command.decision), acting.settings
    forum, ratify_on = ratification(settings, state.route, acting.at, command.stages)
    if outside.ratify_on is not None or outside.outcome != "waiting" or forum is None or ratify_on is None:
        return []
    made = outside.made
    return [RatificationSet(made.application, made.decision, forum, ratify_on, settings.version)]

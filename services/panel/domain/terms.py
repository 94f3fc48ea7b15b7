"""What a council's settings say about a sitting day, a budget, and a refusal for cost alone."""

from collections.abc import Mapping
from datetime import date, datetime

from councils import calendar, scheme
from councils.settings import Forum, Level, Settings
from ledger.decider import Failing, rule_broken
from services.panel.domain.case import Budget, Case, Route

COST_ONLY = "COST_ONLY"
"""The guard against refusing for cost alone, as a council's settings name it."""


def forum_of(route: Route, settings: Settings) -> Forum:
    """The forum to which an application was routed. Raises Refused where it was routed to none."""
    forum = settings.forums.get(route.forum or "")
    if forum is None:
        raise rule_broken("OTHER_FORUM", "This application was routed to no forum, so no sitting can be named for it.")
    return forum


def require_sitting_day(forum: Forum, day: date) -> None:
    """The forum ordinarily sits on that day. Raises Refused."""
    if not calendar.is_sitting_day(forum, day):
        raise rule_broken("NOT_A_SITTING_DAY", f"The {forum.name} does not sit on {day:%A %d %B %Y}.")


def require_ahead(pointer: str, day: date, at: datetime) -> None:
    """A day that is named for later lies after today in London. Raises Refused."""
    if day <= calendar.london_date(at):
        sentence = "Name a day that lies ahead."
        raise rule_broken("NOT_AHEAD", sentence, failing=[Failing(pointer, "NOT_AHEAD", sentence)])


def next_sitting_on(forum: Forum, after: date, named: date | None) -> date:
    """The later sitting that the chair names, or the forum's next one (D5). Raises Refused."""
    if named is None:
        day = after + calendar.DAY
        while not calendar.is_sitting_day(forum, day):
            day += calendar.DAY
        return day
    require_sitting_day(forum, named)
    if named <= after:
        raise rule_broken("NOT_A_LATER_SITTING", "A deferred application returns to a later sitting than this one.")
    return named


def budget(case: Case, settings: Settings) -> Budget:
    """The final budget of an agreed case, by the settings' own factor from a week to a year (D19)."""
    return Budget(
        weekly_pence=case.weekly_pence,
        yearly_pence=scheme.yearly_pence(settings, case.weekly_pence),
        indicative_weekly_pence=case.indicative_weekly_pence,
        difference_pence=case.weekly_pence - case.indicative_weekly_pence,
    )


def cost_only_level(settings: Settings, kind: str) -> Level:
    """At which level COST_ONLY stands: as the council chose, else a warning for children, a refusal for adults (D8)."""
    of_kind = settings.kinds.get(kind)
    child = of_kind is not None and of_kind.person == "child"
    return settings.guards.get(COST_ONLY, "warn" if child else "refuse")


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


def order_chairs(settings: Settings, order: str | None) -> tuple[str, ...]:
    """Roles that may chair a case of an order besides the forum's own (S4 §7; A13); none for any other case."""
    return settings.chairs_by_order.get(order or "", ())

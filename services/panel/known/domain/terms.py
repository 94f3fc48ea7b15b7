"""What a council's settings say about a forum's days."""

from datetime import date, datetime

from councils import calendar
from councils.settings import Forum, Settings
from ledger.decider import Failing, rule_broken
from services.panel.known.domain.case import Route


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

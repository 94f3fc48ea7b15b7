"""What a council's settings say about a forum and its days."""

from councils.settings import Forum, Settings
from ledger.decider import rule_broken
from services.panel.known.domain.case import Route


def forum_of(route: Route, settings: Settings) -> Forum:
    """The forum to which an application was routed. Raises Refused where it was routed to none."""
    forum = settings.forums.get(route.forum or "")
    if forum is None:
        raise rule_broken("OTHER_FORUM", "This application was routed to no forum, so no sitting can be named for it.")
    return forum

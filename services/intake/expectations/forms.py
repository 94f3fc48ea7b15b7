"""What the routes of expectations show."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from edge.lists import ListAsked, Narrow, PageShown


class ExpectedShown(BaseModel):
    """One application that is expected at a sitting."""

    application: str
    source: str = Field(description="`announced` for this sitting, or `returning` to it after a deferral or a return.")
    team: str
    service: str
    service_manager: str
    since: datetime
    received_at: datetime | None
    cut_off_at: datetime | None = Field(
        description="What its receipt is held to: null where it was not known when the application was expected."
    )
    late: bool = Field(description="Whether it was received after that cut-off, for this sitting or for another.")


class ExpectedAsked(ListAsked):
    """Which of those that are expected at the sitting are listed."""

    application: Narrow = None
    source: Narrow = None
    team: Narrow = None
    service: Narrow = None


class ExpectationsShown(PageShown):
    """Who is expected at a sitting, compared now."""

    forum: str
    sitting_on: date
    cut_off_at: datetime
    cut_off_passed: bool
    noticed_at: datetime | None = Field(description="When the chair was told and the service managers were asked.")
    expected: tuple[ExpectedShown, ...]
    not_received: tuple[ExpectedShown, ...] = Field(
        description="Those that have not been received, or were received after the cut-off."
    )

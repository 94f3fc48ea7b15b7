"""How a message is shown: without its content and its address."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from edge.lists import Narrow, OfMoments, PageShown


class MessageShown(BaseModel):
    """A message without its content and its address."""

    message: UUID
    letter: str
    application: UUID
    officer: str | None
    state: Literal["wanted", "sent", "given_up"]
    attempts: int
    due_at: datetime
    wanted_at: datetime
    sent_at: datetime | None
    message_id: str | None


class MessagesAsked(OfMoments):
    """Which messages are listed; the days are those on which they were wanted."""

    message: Narrow = None
    application: Narrow = None
    letter: Narrow = None
    state: Narrow = None
    officer: Narrow = None
    team: Narrow = None


class MessagesShown(PageShown):
    """Messages, newest first."""

    messages: tuple[MessageShown, ...]

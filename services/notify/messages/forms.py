"""How a message is shown: without its content and its address."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class MessageShown(BaseModel):
    """A message without its content and its address."""

    message: UUID
    letter: str
    application: UUID
    officer: str | None
    state: str
    attempts: int
    due_at: datetime
    wanted_at: datetime
    sent_at: datetime | None
    message_id: str | None


class MessagesShown(BaseModel):
    """Messages, newest first."""

    messages: tuple[MessageShown, ...]

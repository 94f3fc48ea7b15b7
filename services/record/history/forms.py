"""How histories and their completeness are shown."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field


class CompletenessShown(BaseModel):
    """Up to which moment each service has reported, and all of them; null before every one has."""

    until: datetime | None
    by_service: dict[str, datetime]


class PlaceShown(BaseModel):
    """The last position of one service that an answer uses."""

    epoch: int
    position: int


class RulesShown(BaseModel):
    """One version of the council's settings that the case was judged by."""

    version: int
    in_force_from: datetime
    published_at: datetime
    published_by: str
    digest: str
    delegated_limits: dict[str, int]


class EntryShown(BaseModel):
    """One row: where it stands, who did it, and what it said; erased personal content is null."""

    service: str
    position: int
    epoch: int
    kind: Literal["decided", "heard"]
    name: str
    schema_: int = Field(alias="schema")
    stream: str
    version: int
    received_at: datetime
    recorded_at: datetime
    actor: str
    role: str
    cause: str
    leaf: str
    content: Any


class HistoryShown(BaseModel):
    """One case as it was known at a moment, from a cut that stays."""

    format: int
    council: str
    application: str
    as_at: datetime
    cut: dict[str, PlaceShown]
    rules: tuple[RulesShown, ...]
    entries: tuple[EntryShown, ...]

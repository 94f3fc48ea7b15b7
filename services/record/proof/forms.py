"""How a proof is shown."""

from pydantic import BaseModel


class LaneShown(BaseModel):
    """One lane of one service; ``broken_at`` is the first position that is not what was promised."""

    service: str
    lane: str
    positions: int
    root: str
    chain: str
    broken_at: int | None
    what: str


class VerificationShown(BaseModel):
    """Whether every copied row is what its service wrote, and how many rows were derived again."""

    verified: bool
    events: int
    lanes: tuple[LaneShown, ...]

"""Proof's routes: is what record holds of this council exactly what the services wrote?"""

from dataclasses import asdict

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from edge.commands import Purpose, ReadingContext, shown
from services.hosting import Host
from services.record.history.api import must_read_histories
from services.record.proof.handlers import prove_copies


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


def router(host: Host) -> APIRouter:
    """The routes of one council's proofs."""
    routes = APIRouter(prefix="/councils/{council}", tags=["proof"])

    @routes.get(
        "/verification",
        response_model=VerificationShown,
        summary="Every copied position, leaf and chain, derived again",
    )
    async def verification(context: ReadingContext, purpose: Purpose) -> Response:
        must_read_histories(context)
        found = await prove_copies(host.book, context.council)
        await host.access.read(context, "verification", "", purpose)
        return shown(
            {
                "verified": all(one.broken_at is None for one in found),
                "events": sum(one.positions for one in found),
                "lanes": [asdict(one) for one in found],
            }
        )

    return routes

"""Proof's routes: is what record holds of this council exactly what the services wrote?"""

from dataclasses import asdict

from fastapi import APIRouter
from starlette.responses import Response

from edge.answers import shown
from edge.calls import Reading
from services.record.proof.forms import VerificationShown
from services.record.proof.read import prove_copies

routes = APIRouter(prefix="/councils/{council}", tags=["proof"])


@routes.get(
    "/verification",
    response_model=VerificationShown,
    summary="Every copied position, leaf and chain, derived again",
)
async def verification(call: Reading) -> Response:
    found = await prove_copies(call.book, call.context.council)
    await call.log_read("verification")
    return shown(
        {
            "verified": all(one.broken_at is None for one in found),
            "events": sum(one.positions for one in found),
            "lanes": [asdict(one) for one in found],
        }
    )

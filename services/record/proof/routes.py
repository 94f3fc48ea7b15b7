"""Proof's routes: is what record holds of this council exactly what the services wrote?"""

from dataclasses import asdict

from fastapi import APIRouter
from starlette.responses import Response

from edge.commands import Purpose, ReadingContext, shown
from services.hosting import Host
from services.record.history.domain.readers import must_read_histories
from services.record.proof.forms import VerificationShown
from services.record.proof.read import prove_copies


def router(host: Host) -> APIRouter:
    """The routes of one council's proofs."""
    routes = APIRouter(prefix="/councils/{council}", tags=["proof"])

    @routes.get(
        "/verification",
        response_model=VerificationShown,
        summary="Every copied position, leaf and chain, derived again",
    )
    async def verification(context: ReadingContext, purpose: Purpose) -> Response:
        must_read_histories(context.role)
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

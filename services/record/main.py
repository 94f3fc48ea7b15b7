"""Record put together: what it stores, folds, tells, and the trails it copies."""

from pathlib import Path

from services.hosting import Service
from services.record.complaints.api import router as complaints
from services.record.complaints.projections import project
from services.record.complaints.publishing import publish
from services.record.complaints.stored import STORED
from services.record.history.api import router as history
from services.record.history.consumers import chain_at, keep, oldest_waiting
from services.record.proof.api import router as proof

SERVICE = Service(
    name="record",
    summary="The whole record across services: histories as at any moment, proofs, and complaints.",
    folder=Path(__file__).parent,
    stored=STORED,
    project=project,
    publish=publish,
    routers=(history, proof, complaints),
    hears=("intake.trail", "routing.trail", "panel.trail", "notify.trail", "record.trail"),
    keep=keep,
    chain_at=chain_at,
    oldest=oldest_waiting,
)

"""Record put together: what it stores, folds, tells, and the trails it copies."""

from functools import partial
from pathlib import Path

from ledger.codec.codec import Codec
from services.hosting import Service
from services.record.complaints.read import project
from services.record.complaints.routes import routes as complaints
from services.record.history.commands import settings_in_force
from services.record.history.follow import chain_at, keep
from services.record.history.read import oldest_waiting
from services.record.history.routes import routes as history
from services.record.proof.routes import routes as proof
from services.record.publishing import publish
from services.record.stored import STORED

SERVICE = Service(
    name="record",
    summary="The whole record across services: histories as at any moment, proofs, and complaints.",
    folder=Path(__file__).parent,
    stored=STORED,
    project=project,
    publish=publish,
    routers=(history, proof, complaints),
    hears=("intake.trail", "routing.trail", "panel.trail", "notify.trail", "record.trail"),
    keep=partial(keep, Codec(STORED)),
    chain_at=chain_at,
    oldest=oldest_waiting,
    in_force=settings_in_force,
)

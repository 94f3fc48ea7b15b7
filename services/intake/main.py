"""Intake put together: what it stores, folds, tells and hears."""

from pathlib import Path

from services.hosting import Service
from services.intake.api import router
from services.intake.consumers import REACTS, react
from services.intake.projections import oldest_waiting, project
from services.intake.publishing import publish
from services.intake.stored import STORED

SERVICE = Service(
    name="intake",
    summary="Applications: one form from first draft to submission, and further information for a deferral.",
    folder=Path(__file__).parent,
    stored=STORED,
    project=project,
    publish=publish,
    routers=(router,),
    hears=("routing.events", "panel.events"),
    react=react,
    oldest=oldest_waiting,
    reacts=REACTS,
)

"""What the simulation takes and shows."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from edge.forms import Form, Moment
from services.routing.simulation.commands import Draft


class SimulationForm(Form):
    """A draft, and the time whose applications it is tried on; without a draft the settings in force are tried."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"from_at": "2025-10-01T00:00:00Z", "until_at": "2026-10-01T00:00:00Z"}}
    )

    settings: dict[str, Any] | None = None
    """Whole terms, as they would be published."""
    scheme: dict[str, Any] | None = None
    """A JDM document as its editor saves it, or one decision table: it takes the place of the one in force."""
    from_at: Moment
    until_at: Moment

    def draft(self) -> Draft:
        """What is tried."""
        return Draft(self.settings, self.scheme)


class SideShown(BaseModel):
    """One of the two worlds: what happened, or what the draft would have done."""

    routes: dict[str, int]
    deciders: dict[str, int]
    panel_hours: float
    weeks_waited: float


class DifferenceShown(BaseModel):
    """What the draft adds (above 0) or saves (below 0)."""

    to_panel: int
    panel_hours: float
    weeks_waited: float


class ChangeShown(BaseModel):
    """Applications that would have gone another way, and which row of the draft sends them there."""

    was: dict[str, Any]
    would_be: dict[str, Any]
    applications: int
    examples: list[str]


class SimulationShown(BaseModel):
    """What a draft would have done to the applications of a time."""

    applications: int
    settings_version: int
    happened: SideShown
    draft: SideShown
    difference: DifferenceShown
    unchanged: int
    changed: int
    changes: list[ChangeShown]

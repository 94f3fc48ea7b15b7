"""What the routes of settings take and show."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict

from edge.forms import Form, Line, Moment
from edge.lists import OfMoments, PageShown
from services.routing.settings.domain.settings import PublishSettings, RetireSettings

SettingsVersion = Annotated[int, Path(ge=1, le=100_000, description="A version of the council's settings.")]


class SettingsForm(Form):
    """A council's terms, whole, and the moment from which they shall be in force."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"settings": {"id": "c92ab7", "slug": "shropshire"}, "in_force_from": "2026-10-05T08:15:00Z"}
        }
    )

    settings: dict[str, Any]
    in_force_from: Moment

    def command(self, council: str) -> PublishSettings:
        """These terms as the next version of that council's settings."""
        return PublishSettings(council, self.settings, self.in_force_from)


class RetirementForm(Form):
    """Why a version of the settings is taken back; about the rules, never about a person."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "The limit was published a digit short."}})

    reason: Line

    def command(self, version: int) -> RetireSettings:
        """That version taken back."""
        return RetireSettings(version, self.reason)


class VersionShown(BaseModel):
    """One published version of a council's settings, and what became of it."""

    version: int
    in_force_from: datetime
    settings: dict[str, Any]
    digest: str
    published_by: str
    published_at: datetime
    retired_at: datetime | None
    retired_by: str | None
    retired_because: str | None
    replaced_by: int | None


class SettingsAsked(OfMoments):
    """Which versions are listed; the days are those on which they come into force."""

    version: SettingsVersion | None = None


class SettingsShown(PageShown):
    """Every published version, newest first, and the number of the one in force now."""

    settings: tuple[VersionShown, ...]
    in_force: int | None


class FindingShown(BaseModel):
    """One thing wrong with a draft; ``row`` is the decision table's row by its own name, where it is in one."""

    pointer: str
    code: str
    sentence: str
    row: str | None


class ValidationShown(BaseModel):
    """Whether a draft could be published at that moment, and everything that stands in its way."""

    valid: bool
    failing: tuple[FindingShown, ...]

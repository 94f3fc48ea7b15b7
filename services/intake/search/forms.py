"""What is asked for by name, and what is shown of it."""

from typing import Any

from pydantic import ConfigDict

from edge.forms import Form, Line
from edge.lists import PageShown
from services.intake.applications.shown import ApplicationListed, ApplicationsAsked


class SearchForm(Form, ApplicationsAsked):
    """A name, in a body and never in an address; what narrows the list of applications narrows what is found."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Robin Larkspur", "stage": "submitted"}})

    name: Line

    def beside_the_name(self) -> dict[str, Any]:
        """By what else the list is narrowed."""
        return {one: value for one, value in self.narrowed().items() if one != "name"}


class ApplicationFound(ApplicationListed):
    """An application in which the name was found: of the person it is for, or of their family."""

    person_name: str | None


class ApplicationsFound(PageShown):
    """Applications that the caller may read and in which the name was found, newest first."""

    applications: tuple[ApplicationFound, ...]

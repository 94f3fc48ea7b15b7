"""Every command of every service by every role, on what is really there: done, or refused by its own rules (I5, D6)."""

import os
from typing import Any

import pytest
from fastapi.routing import APIRoute

from edge.need_to_know import TABLE
from ledger.rows import BOOK
from tests.services.house import SHROPSHIRE, SWINDON
from tests.services.intake import papers
from tests.services.matrix.kept import Answers, is_refusal, keep, kept
from tests.services.matrix.places import ELSEWHERE, OTHER, OWN, PDF, Known, Place
from tests.services.matrix.reading import everybody
from tests.services.matrix.routes import address, kind_of_call, method_of, writes_of
from tests.services.matrix.writing import (
    StoppedHouse,
    about,
    named_by,
    place_of,
    version_of,
    words,
)
from tests.services.record.town import Town

pytestmark = [pytest.mark.connected, pytest.mark.asyncio(loop_scope="module")]

ASKED_TO_WRITE = "PANELBOOK_WRITE_WHO_MAY"
"""Set in the environment, the answers are written down instead of compared."""

ANOTHER_TEAM = Place("other", SHROPSHIRE, "south-practice", "children")


class Tried:
    """One command with the version that it needs, as anybody may try it."""

    def __init__(self, town: Town, house: StoppedHouse, route: APIRoute, known: Known) -> None:
        self.town, self.house, self.route, self.known = town, house, route, known
        self.service, self.version = house.house.host.service.name, None
        self.path = address(route, place_of(route).council, about(self.service, route, known))
        self.words = None if route.name == "attach" else words(route, known)

    async def by(self, by: dict[str, Any]) -> str:
        """How somebody is answered; nothing is kept, but that a draft that is saved is no event."""
        if self.version is None or self.route.name == "save_draft":
            creates = kind_of_call(self.route) == "creation"
            self.version = 0 if creates else await version_of(self.town, self.service, self.route, self.known)
        headers = self.house.house.headers(**by, version=self.version)
        if self.route.name == "attach":
            return await self.house.answer("POST", self.path, headers | PDF, content=papers.PDF)
        return await self.house.answer(method_of(self.route), self.path, headers, json=self.words)


def sorted_by_answer(found: dict[str, str]) -> dict[str, list[str]]:
    """The roles that got each answer."""
    return {answer: sorted(role for role in found if found[role] == answer) for answer in sorted({*found.values()})}


@pytest.mark.parametrize("service", TABLE)
async def test_every_command_is_answered_to_every_role_as_was_reviewed(service: str, town: Town, known: Known) -> None:
    """I5, D6: who may do what, by the deciders themselves; a command that nobody here may give is not really asked."""
    house, answers, before = StoppedHouse(town.houses[service]), dict[str, Answers](), await reached(town, service)
    for route in writes_of(service):
        own = place_of(route)
        other = OTHER if own is OWN else ANOTHER_TEAM
        tried = Tried(town, house, route, known)
        found: Answers = {}
        for name, place in (("own", own), ("other", other)):
            by_role = {role: await tried.by(place.by(f"{role}.{name}.{route.name}", role)) for role in everybody()}
            found[name] = sorted_by_answer(by_role)
        found["named"] = sorted_by_answer({by["role"]: await tried.by(by) for by in named_by(route)})
        answers[route.name] = found
        every = {answer for places in found.values() for answer in places}
        assert any(not is_refusal(answer) for answer in every), (route.name, found)
        assert not any(answer.startswith(("412", "428", "5")) for answer in every), (route.name, found)
        assert "operator" in found["own"].get("403 OPERATOR_READS_NO_CONTENT", ()), route.name
    assert await reached(town, service) == before, "nothing of what was tried is kept"
    if os.environ.get(ASKED_TO_WRITE):
        keep(service, answers)
    assert answers == kept()[service]


async def reached(town: Town, service: str) -> list[int]:
    """How far the books of both councils reach."""
    ledger = town.houses[service].host.ledger
    return [(await ledger.head(council, BOOK)).position for council in (SWINDON, SHROPSHIRE)]


@pytest.mark.parametrize("service", TABLE)
async def test_a_command_to_another_council_meets_nothing(service: str, town: Town, known: Known) -> None:
    """G1: whatever is asked of it, by whatever role, 404 and nothing of it is looked at."""
    house, before = StoppedHouse(town.houses[service]), await reached(town, service)
    for route in writes_of(service):
        council = place_of(route).council
        stranger = OWN if council == SHROPSHIRE else ELSEWHERE
        tried = Tried(town, house, route, known)
        for role in everybody():
            by = stranger.by(f"{role}.elsewhere.{route.name}", role)
            assert await tried.by(by) == "404 NOT_FOUND", (route.name, role)
    assert await reached(town, service) == before

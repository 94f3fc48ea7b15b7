"""Who is shown what (DOMAIN.md, I5), held against every route of every service by reflection."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from edge.need_to_know import NOBODYS, TABLE, Kind, Shown, Table
from edge.roles import ROLES
from services.intake.main import SERVICE as INTAKE
from tests.databases import Databases
from tests.services.house import SWINDON, ServiceHouse, open_house
from tests.services.intake import doors
from tests.services.matrix.routes import kind_of_call, routes_of

SOMEBODYS = (Shown.OWN, Shown.ESCALATED, Shown.CIRCULATED, Shown.SITTING, Shown.EXTRACT)


def amiss(service: str, table: Table) -> set[str]:
    """The routes, reads and writes, that a table leaves out or invents."""
    return {route.name for route in routes_of(service)} ^ set(table)


@pytest.mark.parametrize("service", TABLE)
def test_every_route_stands_in_the_table_and_nothing_else_does(service: str) -> None:
    """I5: a route that nobody has thought about shows nothing, and fails here."""
    assert not amiss(service, TABLE[service])
    assert all(set(route.to) <= ROLES for route in TABLE[service].values())
    for route in routes_of(service):
        without = {name: said for name, said in TABLE[service].items() if name != route.name}
        assert amiss(service, without) == {route.name}
    assert {NOBODYS.shown(role) for role in ROLES} == {Shown.NOTHING}


@pytest.mark.parametrize("service", TABLE)
def test_what_is_known_of_a_person_asks_for_a_purpose(service: str) -> None:
    """I5: each content read has a purpose and a row in the access lane."""
    for route in routes_of(service):
        kind, call = TABLE[service][route.name].kind, kind_of_call(route)
        assert (kind is Kind.CONTENT) == (call == "stated_reading"), route.name
        assert (kind is Kind.WRITE) == (call in ("command", "creation", "upload")), route.name
        narrower = set(TABLE[service][route.name].to.values()) & set(SOMEBODYS)
        assert not (narrower and call == "lookup"), f"{route.name} is not logged and cannot ask whose a case is"


def test_who_runs_systems_or_sets_rules_is_shown_no_persons_content() -> None:
    """I5: settings publishers, operators and subscribers no person's content, but what a council lets systems have."""
    for table in TABLE.values():
        for name, route in table.items():
            if route.kind is Kind.CONTENT:
                for role in ("settings_publisher", "operator", "attendee"):
                    assert route.shown(role) is Shown.NOTHING, (name, role)
                assert route.shown("system") in (Shown.NOTHING, Shown.EXTRACT), name


@pytest.fixture
async def intake(databases: Databases, tmp_path: Path) -> AsyncIterator[ServiceHouse]:
    async with open_house(INTAKE, databases, tmp_path) as house:
        await doors.settings_heard(house)
        yield house


async def test_a_draft_is_its_teams_and_its_managers_and_of_whoever_answers_for_whole_cases(
    intake: ServiceHouse,
) -> None:
    """I5, for each role: the own team, another team of the same council, another council."""
    application = await doors.start(intake)
    path = f"/councils/{SWINDON}/applications/{application}"
    for role in ROLES - {"operator"}:
        shown = TABLE["intake"]["application"].shown(role)
        for team, service in (("localities-north", "localities"), ("localities-south", "adults")):
            own = (team, role) in {("localities-north", "social_worker"), ("localities-north", "team_manager"),
                                   ("localities-north", "practice_manager")}  # fmt: skip
            own = own or (service == "localities" and role in ("service_manager", "service_delivery_manager"))
            headers = intake.headers(f"{role}-of-{team}", role, team=team, service=service)
            answer = await intake.http.get(path, headers=headers)
            expected = 200 if shown is Shown.ALL or (shown is Shown.OWN and own) else 404
            assert answer.status_code == expected, (role, team)
            listed = await intake.http.get(f"/councils/{SWINDON}/applications", headers=headers)
            if listed.status_code == 200:
                whole = TABLE["intake"]["applications"].shown(role) is Shown.ALL
                assert bool(listed.json()["applications"]) == (whole or own), (role, team)


async def test_a_purpose_that_the_council_does_not_name_is_none(intake: ServiceHouse) -> None:
    """I5: from a fixed vocabulary of the council's settings."""
    application = await doors.start(intake)
    path = f"/councils/{SWINDON}/applications/{application}"
    for purpose, code in (("curiosity", (422, "PURPOSE_NOT_KNOWN")), (None, (428, "PURPOSE_MISSING"))):
        by: dict[str, Any] = doors.WORKER | {"purpose": purpose}
        headers = intake.headers(**by)
        answer = await intake.http.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == code

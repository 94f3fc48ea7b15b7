"""Whatever is sent to intake and routing, they answer as their OpenAPI documents say, and never break."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error, response_headers_conformance
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from edge.roles import ROLES
from services.hosting import Service
from services.intake.main import SERVICE as INTAKE
from services.routing.main import SERVICE as ROUTING
from tests.databases import Databases
from tests.services.house import SWINDON, ServiceHouse, open_house
from tests.services.intake.doors import CHILD, settings_heard, start
from tests.services.routing import doors

EXAMPLES = 4
"""Requests to each operation in each of the two manners: enough to find what is wrong, in a matter of seconds."""

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]

WHO: tuple[tuple[str, str], ...] = (
    ("social_worker", "localities-north"),
    ("social_worker", "localities-north"),
    ("team_manager", "localities-north"),
    ("service_manager", ""),
    ("settings_publisher", "csmt"),
    ("director_csw", ""),
)
"""Roles and teams of those who ask; the first most of all."""


async def known_to_intake(house: ServiceHouse) -> dict[str, str]:
    """Ids in intake's addresses that are there."""
    await settings_heard(house)
    return {"application": await start(house), "section": "needs", "party": CHILD}


async def known_to_routing(house: ServiceHouse) -> dict[str, str]:
    """Ids in routing's addresses that are there."""
    house.clock.set("2026-10-05T08:00:00Z")
    assert (await doors.publish(house, council=SWINDON)).status_code == 201
    house.clock.set("2026-10-05T09:00:00Z")
    assert (await doors.appoint_as(house, "officer-tm", "team_manager")).status_code == 201
    await house.hear(doors.SUBMITTED, doors.swindons())
    return {"officer": "officer-tm", "settings": "1", "application": doors.APPLICATION}


@pytest.mark.parametrize(
    ("service", "known_to", "least"),
    [(INTAKE, known_to_intake, 25), (ROUTING, known_to_routing, 12)],
    ids=["intake", "routing"],
)
async def test_no_request_breaks_a_service_or_its_document(
    service: Service,
    known_to: Callable[[ServiceHouse], Awaitable[dict[str, str]]],
    least: int,
    databases: Databases,
    tmp_path: Path,
) -> None:
    async with open_house(service, databases, tmp_path) as house:
        known = await known_to(house)
        schema = schemathesis.openapi.from_dict((await house.http.get("/openapi.json")).json())
        found = list(schema.get_all_operations())
        operations = [one.ok() for one in found if isinstance(one, Ok)]
        assert len(operations) == len(found) >= least
        loop = asyncio.get_running_loop()

        def send(case: Case, who: tuple[str, str]) -> httpx.Response:
            return asyncio.run_coroutine_threadsafe(sent(house, case, *who), loop).result()

        for operation in operations:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                await asyncio.to_thread(probe, operation, mode, known, send)


def probe(
    operation: APIOperation,
    mode: GenerationMode,
    known: Mapping[str, str],
    send: Callable[[Case, tuple[str, str]], httpx.Response],
) -> None:
    """Send some requests to one operation: those of its document, or those that break it somewhere."""

    @given(case=operation.as_strategy(mode), who=st.sampled_from(WHO), found=st.integers(0, 3), key=st.uuids(version=4))
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    def one(case: Case, who: tuple[str, str], found: int, key: UUID) -> None:
        # What is made up is found nowhere: most requests name what is there, so that they get past the door.
        for name in case.path_parameters:
            if name == "council":
                case.path_parameters[name] = SWINDON
            elif name in known and found:
                case.path_parameters[name] = known[name]
        if mode is GenerationMode.POSITIVE:
            case.headers["Idempotency-Key"] = str(key)
        if case.headers.get("panelbook-role") in ROLES:
            # Nearly always a role that the caller does not have.
            case.headers.pop("panelbook-role")
        case.validate_response(send(case, who), checks=CHECKS)

    one()


async def sent(house: ServiceHouse, case: Case, role: str, team: str) -> httpx.Response:
    """One generated request of somebody who may come in, about the record's version as it is now where it has one."""
    token = house.headers("officer-sw", role, team=team, service="localities")["Authorization"]
    if case.headers.get("If-Match", "").startswith('"'):
        before, applications, after = case.formatted_path.partition("/applications/")
        path = f"{before}{applications}{after.partition('/')[0]}"
        record = await house.http.get(path, headers={"Authorization": token})
        case.headers["If-Match"] = record.headers.get("ETag", case.headers["If-Match"])
    told = case.as_transport_kwargs(base_url="http://panelbook")
    headers = {name: value.encode("latin-1") for name, value in told.pop("headers").items()}
    headers["Authorization"] = token.encode()
    if not isinstance(told.get("data", {}), dict):
        told["content"] = told.pop("data")
    told.pop("cookies", None)
    return await house.http.request(**told, headers=headers)

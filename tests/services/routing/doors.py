"""Routing through its doors: who publishes, appoints and asks, and what routing hears of an application."""

from typing import Any

import httpx

from councils.packs import load_pack
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse

DONCASTER = "d07f3b"

IN_FORCE = "2026-10-05T08:15:00Z"
APPLICATION = "6a9f1b3e-8a53-5d43-9a0e-51f0f5a3c001"
NAME = "Ada Wintergreen"


TEAMS = {SHROPSHIRE: "management-team", SWINDON: "csmt", DONCASTER: load_pack("doncaster")["management_team"]}
SLUGS = {SHROPSHIRE: "shropshire", SWINDON: "swindon", DONCASTER: "doncaster"}
SUBMITTED = "uk.panelbook.intake.application.submitted.v1"
INFORMED = "uk.panelbook.intake.application.further_information_given.v1"

Said = dict[str, Any]


# What routing hears -------------------------------------------------------------------------------------------


def sealed(field: str) -> dict[str, str]:
    return {"sealed": "Ym94", "person": "person-1", "stream": f"application-{APPLICATION}", "field": field}


def submission(**changes: Any) -> dict[str, Any]:
    usual = {
        "application": APPLICATION,
        "person": "person-1",
        "person_name": sealed("person_name"),
        "contact_email": None,
        "kind": "SUPPORT_PLAN",
        "weekly_pence": 99_999,
        "one_off_pence": 0,
        "indicative_weekly_pence": 95_000,
        "complex": False,
        "distinctive": False,
        "reasons_given": None,
        "miles": None,
        "originator": "officer-sw",
        "team": "north-practice",
        "team_manager": "officer-tm",
        "service": "adults",
        "service_manager": "officer-sm",
        "sitting_on": None,
        "forum": None,
        "cut_off_at": None,
        "received_at": "2026-10-05T09:00:00Z",
        "settings_version": 1,
        "needs": [],
        "family": [],
        "times_submitted": 1,
    }
    return {**usual, **changes}


def resources(*lines: tuple[str, int] | tuple[str, int, int]) -> Said:
    """Lines of resources by code and weekly pence (and days), with the costs that they add up to."""
    told = [
        {"resource": line[0], "weekly_pence": line[1], "one_off_pence": 0, "days": line[2] if len(line) > 2 else None}
        for line in lines
    ]
    weekly = sum(line["weekly_pence"] for line in told if line["resource"] != "WORKER_TIME")
    return {"kind": "RESOURCES", "weekly_pence": weekly, "one_off_pence": 0, "resources": told}


def swindons(**changes: Any) -> Said:
    """A Swindon submission for the Care Panel of 13 October."""
    for_the_panel = {
        "kind": "RESOURCES",
        "sitting_on": "2026-10-13",
        "forum": "CARE_PANEL",
        "cut_off_at": "2026-10-07T16:00:00Z",
    }
    return submission(**{**for_the_panel, **changes})


# Who does what ------------------------------------------------------------------------------------------------


async def ask(
    house: ServiceHouse,
    method: str,
    path: str,
    body: Said | None = None,
    *,
    actor: str,
    role: str,
    council: str = SWINDON,
    **headers: Any,
) -> httpx.Response:
    """One request of anybody."""
    by = house.headers(actor, role, council=council, **headers)
    return await house.http.request(method, f"/councils/{council}/{path}", json=body, headers=by)


async def post(
    house: ServiceHouse, path: str, body: dict[str, Any], *, council: str = SHROPSHIRE, **headers: Any
) -> httpx.Response:
    by = house.headers("officer-publisher", "settings_publisher", council=council, team=TEAMS[council], **headers)
    return await house.http.post(f"/councils/{council}/{path}", json=body, headers=by)


async def get(
    house: ServiceHouse, path: str, *, council: str = SHROPSHIRE, role: str = "director_csw"
) -> httpx.Response:
    by = house.headers("officer-reader", role, council=council)
    return await house.http.get(f"/councils/{council}/{path}", headers=by)


async def publish(house: ServiceHouse, *, council: str = SHROPSHIRE, in_force_from: str = IN_FORCE) -> httpx.Response:
    body = {"settings": load_pack(SLUGS[council]), "in_force_from": in_force_from}
    return await post(house, "settings", body, council=council)


async def appoint(house: ServiceHouse) -> httpx.Response:
    officer = {
        "officer": "officer-pm",
        "role": "practice_manager",
        "team": "north-practice",
        "service": "adults",
        "name": NAME,
        "email": "pm@council.example",
    }
    return await post(house, "officers", officer)


async def appoint_as(house: ServiceHouse, officer: str, role: str, *, council: str = SWINDON) -> httpx.Response:
    told = {"officer": officer, "role": role, "name": f"Name of {officer}", "email": f"{officer}@council.example"}
    return await post(house, "officers", told, council=council)


async def excepts(
    house: ServiceHouse, role: str = "director_csw", *, version: int = 1, actor: str = "officer-director", **words: Any
) -> httpx.Response:
    body = {"reason": "No bus goes there before school begins.", **words}
    path = f"applications/{APPLICATION}/exception"
    return await ask(house, "POST", path, body, actor=actor, role=role, version=version)


async def way_of(house: ServiceHouse, *, council: str = SWINDON) -> Said:
    """The way that the application takes now."""
    return (await get(house, f"applications/{APPLICATION}/route", council=council)).json()


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]

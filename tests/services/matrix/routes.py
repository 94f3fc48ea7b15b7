"""Every route of every service by reflection, and its address with something in every place."""

import re
from collections.abc import Mapping
from importlib import import_module

from fastapi.routing import APIRoute
from fastapi.security.base import SecurityBase

from edge.need_to_know import TABLE, Kind
from services.hosting import Service

SERVICES: Mapping[str, Service] = {name: import_module(f"services.{name}.main").SERVICE for name in TABLE}


def routes_of(service: str) -> list[APIRoute]:
    """Every route of one service."""
    return [one for routes in SERVICES[service].routers for one in routes.routes if isinstance(one, APIRoute)]


def reads_of(service: str) -> list[APIRoute]:
    """Its routes that show something and change nothing."""
    return [one for one in routes_of(service) if TABLE[service][one.name].kind is not Kind.WRITE]


def writes_of(service: str) -> list[APIRoute]:
    """Its routes that change a record."""
    return [one for one in routes_of(service) if TABLE[service][one.name].kind is Kind.WRITE]


def kind_of_call(route: APIRoute) -> str:
    """What a route asks of its caller, by its one dependency of the edge."""
    (name,) = [one.call.scheme_name for one in route.dependant.dependencies if isinstance(one.call, SecurityBase)]
    return name


def method_of(route: APIRoute) -> str:
    """Its one method."""
    return next(iter(route.methods or ()))


def named_in(route: APIRoute) -> set[str]:
    """What its address names besides the council."""
    return set(re.findall(r"\{(\w+)\}", route.path)) - {"council"}


def address(route: APIRoute, council: str, named: Mapping[str, str], query: str = "") -> str:
    """A route's address. Raises KeyError for a place with nothing to put there."""
    return re.sub(r"\{(\w+)\}", lambda found: ({"council": council} | dict(named))[found[1]], route.path) + query

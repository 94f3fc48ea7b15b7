"""The parameters in an address's query: those that its route declares, each once, and no others."""

from collections.abc import Iterable, Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request

from edge.pointers import QUERY
from edge.problems import form_problem
from ledger.decider import Failing


def declared(route: APIRoute) -> frozenset[str]:
    """The names of the parameters that a route's function asks for, also of those that are members of a model."""
    return frozenset(_names(route.dependant))


def _names(dependant: Dependant) -> Iterator[str]:
    for asked in dependant.query_params:
        kind = asked.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from (member.alias or name for name, member in kind.model_fields.items())
        else:
            yield asked.alias
    for one in dependant.dependencies:
        yield from _names(one)


def require_declared(request: Request) -> None:
    """Raises Problem 422 UNKNOWN_PARAMETER, or PARAMETER_TWICE, with a pointer to each: none is passed over."""
    if not request.scope["query_string"]:
        return
    known = declared(request.scope["route"])
    given = [name for name, _ in request.query_params.multi_items()]
    failing = [
        *(_failing(name, "UNKNOWN_PARAMETER", "There is no such parameter here.") for name in _unknown(given, known)),
        *(
            _failing(name, "PARAMETER_TWICE", "This may be said once.")
            for name in sorted(known)
            if given.count(name) > 1
        ),
    ]
    if failing:
        raise form_problem(failing)


def _unknown(given: Iterable[str], known: frozenset[str]) -> list[str]:
    return sorted({name for name in given if name not in known})[:50]


def _failing(name: str, code: str, sentence: str) -> Failing:
    return Failing(f"{QUERY}{name}", code, sentence)

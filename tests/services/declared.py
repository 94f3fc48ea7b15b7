"""Holds every refusal that a test sees to what its route declares: a code outside the document fails the test."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.routing import Match

_DECLARED: dict[str, Mapping[str, frozenset[str]]] = {}

PROBLEM = "application/problem+json"


def refused_as_declared(service: str, app: FastAPI) -> Callable[[httpx.Response], Awaitable[None]]:
    """What looks at each answer of a service: the codes of its problems stand in its document, at that status."""

    @cache
    def declared() -> Mapping[str, frozenset[str]]:
        if service not in _DECLARED:
            _DECLARED[service] = declared_by(app.openapi())
        return _DECLARED[service]

    async def judged(answer: httpx.Response) -> None:
        if answer.headers.get("content-type") != PROBLEM:
            return
        scope = {"type": "http", "path": answer.request.url.path, "method": answer.request.method, "headers": []}
        found = next((one for one in app.router.routes if one.matches(scope)[0] is Match.FULL), None)
        name = str(getattr(found, "name", ""))
        if name not in declared():
            return
        await answer.aread()
        document: dict[str, Any] = answer.json()
        said = {f"{answer.status_code} {document['code']}", *(one["code"] for one in document["failing"])}
        missing = sorted(said - declared()[name])
        assert not missing, f"{service} {name} does not declare {', '.join(missing)} (make generate; edge/refusable.py)"

    return judged


def declared_by(document: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """For each operation the codes that its document names, alone and with their status before them."""
    found: dict[str, frozenset[str]] = {}
    for verbs in document["paths"].values():
        for operation in verbs.values():
            codes: set[str] = set()
            for status, response in operation["responses"].items():
                named = response.get("content", {}).get(PROBLEM, {}).get("examples", {})
                codes |= {f"{status} {code}" for code in named} | named.keys()
            found[operation["operationId"]] = frozenset(codes)
    return found

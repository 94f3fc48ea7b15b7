"""What is served to everybody without a token: the catalogue of codes, and the schema of a council's settings."""

import json
from functools import cache
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from contracts.problems import ADDRESS, catalogue
from contracts.registry import HERE
from edge.problems import Problem

SCHEMA_ADDRESS = "/settings-schema"
"""Where the JSON Schema of a council's settings is served."""

SETTINGS_SCHEMA = HERE / "settings.schema.json"
"""The JSON Schema of a council's settings, as `make generate` writes it from the model."""

publications = APIRouter(include_in_schema=False)


@publications.get(ADDRESS)
async def problems() -> Response:
    """Every code with what it means and what to do about it."""
    return JSONResponse(_listed())


@publications.get(ADDRESS + "/{code}")
async def problem(code: str) -> Response:
    """One code, with the rules behind it and the routes that answer it: the `type` of its problem documents."""
    meaning = catalogue().get(code)
    if meaning is None:
        raise Problem(404, "NOT_FOUND", "There is no such code.")
    return JSONResponse(meaning.document())


@publications.get(SCHEMA_ADDRESS)
async def settings_schema() -> Response:
    """What a council's settings may say, as a JSON Schema."""
    return Response(_schema(), media_type="application/schema+json")


@cache
def _listed() -> dict[str, Any]:
    briefly = ("type", "code", "status", "title", "do")
    every = (one.document() for one in catalogue().values())
    return {"problems": [{name: one[name] for name in briefly} for one in every]}


@cache
def _schema() -> bytes:
    return json.dumps(json.loads(SETTINGS_SCHEMA.read_text(encoding="utf-8"))).encode()

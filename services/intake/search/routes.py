"""The route by which an application is found by a name in it."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from edge.calls import StatedReading
from edge.lists import paged
from ledger.listing import page_of
from services import settings
from services.intake.applications.read import case_in
from services.intake.search import read
from services.intake.search.domain.words import words_of
from services.intake.search.forms import ApplicationFound, ApplicationsFound, SearchForm
from services.intake.search.tokens import tokens

routes = APIRouter(prefix="/councils/{council}", tags=["intake"])


@routes.post("/applications/search", response_model=ApplicationsFound)
async def search_applications(call: StatedReading, form: SearchForm) -> Response:
    """Find applications by a name in them: whole words, in any order and spelling of case and accents.

    Only what the caller may read is found and counted. Whoever was erased is not found. The search is logged, without
    the name.
    """
    asked, council = form.asked(call), call.context.council
    sought = tokens(call.vault, council, sorted(words_of(form.name)))
    async with call.reading() as reader:
        rules = await settings.in_force(reader, call.context.received_at)
        bearing = await read.bearing(reader, sought, form.beside_the_name()) if sought else []
    seen = [row for row in bearing if call.may_see(case_in(row, rules))]
    call.whose()
    erased = await call.vault.erased(council, read.people_in(seen))
    there = [row for row in seen if set(row["bearers"]) - erased]
    found, total, last = page_of(there, _place, asked, newest_first=True)
    names = ApplicationFound.model_fields.keys()
    shown = await call.unsealed([{name: row[name] for name in names} for row in found])
    await call.log_read("applications_by_name")
    return paged(call, form, {"applications": shown}, total, last)


def _place(row: Mapping[str, Any]) -> tuple[str, ...]:
    return row["started_at"].astimezone(UTC).isoformat(timespec="microseconds"), row["application"]

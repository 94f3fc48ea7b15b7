"""The JSON routes of what belongs to a form beside its parts: attached files, drafts, and versions of sections."""

import json
from dataclasses import replace
from datetime import UTC
from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import APIRouter, Header, Query, Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response, StreamingResponse

from edge.answers import CommandAnswer, answered, shown
from edge.bodies import read_json
from edge.calls import Command, Reading, ReadingCall, StatedReading, Upload
from edge.forms import Identifier, Line, NoWords
from edge.lists import ListAsked, paged
from edge.problems import Problem
from ledger.codec.sealed_file import Damaged
from ledger.listing import page_of
from services.intake.applications import read as applications
from services.intake.applications.domain.attaching import MEDIA_TYPES
from services.intake.documents import attachments, drafts, read
from services.intake.documents.attachments import Shelf
from services.intake.documents.domain.file_types import name_for
from services.intake.documents.forms import (
    AttachmentsShown,
    DifferenceShown,
    DraftForm,
    DraftSaved,
    DraftShown,
    VersionShown,
    VersionsShown,
)

UPLOADS = ("/councils/{council}/applications/{application}/attachments",)
"""The addresses to which a file may be posted as it stands."""

routes = APIRouter(prefix="/councils/{council}/applications/{application}/attachments", tags=["attachments"])
draft_routes = APIRouter(prefix="/councils/{council}/applications/{application}/sections/{section}", tags=["drafts"])

_LINE: TypeAdapter[str] = TypeAdapter(Line)
_BYTES: dict[str, Any] = {
    media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in MEDIA_TYPES.values()
}

FileName = Annotated[
    str,
    Header(
        description="The file's name in UTF-8, percent-encoded.",
        min_length=1,
        max_length=2400,
        pattern=r"^[A-Za-z0-9._~%!$&'()*+,;=@ -]+$",
    ),
]
"""A file's name: it may name a person, so it never stands in an address."""

VersionName = Annotated[str, Query(pattern=r"^(completed|draft)-[1-9][0-9]{0,8}$")]


@routes.post(
    "",
    status_code=201,
    response_model=CommandAnswer,
    responses={200: {"model": CommandAnswer, "description": "The same bytes are attached already."}},
    openapi_extra={"requestBody": {"required": True, "content": _BYTES}},
)
async def attach(call: Upload, application: Identifier, panelbook_file_name: FileName) -> Response:
    """Attach a file: the body is the file as it stands, under the media type that it is."""
    claimed, name = _claimed(call.request), _file_name(panelbook_file_name)
    await attachments.admit(call, application, claimed)
    async with call.content() as content, call.resource(Shelf).gate:
        upload = attachments.Upload(name, claimed, content)
        known = await attachments.recognise(call, application, upload)
        call.fingerprint(known.identity)
        outcome = await attachments.attach(call, application, upload, known)
    location = f"attachments/{outcome.answer['attachment']}" if outcome.answer["events"] else ""
    return answered(outcome, location=location)


@routes.post("/{attachment}/removal", response_model=CommandAnswer)
async def remove_attachment(call: Command, application: Identifier, attachment: Identifier, _: NoWords) -> Response:
    """Take an attachment away; its bytes stay where it was handed in with the form before."""
    return answered(await attachments.remove(call, application, attachment))


@routes.get("", response_model=AttachmentsShown)
async def attachment_list(
    call: StatedReading, application: Identifier, asked: Annotated[ListAsked, Query()]
) -> Response:
    """What is attached to an application; the reading is logged."""
    of_one = replace(asked.asked(call), narrowed={"application": application})
    await _must_see(call, application)
    async with call.reading() as reader:
        page = await read.ATTACHMENTS.page(reader, of_one)
    await call.log_read("attachments", application)
    return paged(call, asked, {"attachments": await call.unsealed(page.rows)}, page.total, page.last)


@routes.get(
    "/{attachment}",
    response_class=Response,
    responses={200: {"description": "The file as it was attached.", "content": _BYTES}},
)
async def attachment(call: StatedReading, application: Identifier, attachment: Identifier) -> Response:
    """One attached file, for a stated purpose; that it left is logged with the digest of its ciphertext."""
    await _must_see(call, application)
    try:
        found = await attachments.open_attachment(call, application, attachment)
    except Damaged:
        raise Problem(500, "FILE_DAMAGED", "The file is not as it was stored. Tell whoever runs the system.") from None
    await call.log_export("attachment", f"{application}/{attachment}", found.digest)
    name = name_for(found.name or attachment, found.type)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Length": str(found.size),
    }
    return StreamingResponse(found.content, 200, headers, MEDIA_TYPES[found.type])


@draft_routes.put("/draft", response_model=DraftSaved)
async def save_draft(call: Command, application: Identifier, section: Identifier, form: DraftForm) -> Response:
    """Save a section while it is being written. If-Match names the save that was read last, `"0"` for none."""
    saved = await drafts.save(call, application, section, form.text)
    body = {"section": section, "version": saved.version, "saved_by": saved.saved_by, "saved_at": saved.saved_at}
    return shown(body, version=saved.version)


@draft_routes.get("/draft", response_model=DraftShown)
async def draft(call: StatedReading, application: Identifier, section: Identifier) -> Response:
    """The newest save of a section, for the application's own team; the reading is logged."""
    await _must_see(call, application, section)
    found, text = await drafts.newest(call, application, section)
    await call.log_read("draft", f"{application}/{section}")
    version = found.version if found else 0
    body = {
        "section": section,
        "version": version,
        "text": text,
        "saved_by": found.saved_by if found else None,
        "saved_at": found.saved_at if found else None,
    }
    return shown(body, version=version)


@draft_routes.get("/versions", response_model=VersionsShown)
async def section_versions(
    call: Reading, application: Identifier, section: Identifier, asked: Annotated[ListAsked, Query()]
) -> Response:
    """What a section has said so far, without the texts, for the application's own team."""
    page_asked = asked.asked(call)
    await _must_see(call, application, section)
    found = await drafts.versions(call, application, section)
    await call.log_read("versions", f"{application}/{section}")
    page, total, last = page_of(found, _place, page_asked)
    return paged(call, asked, {"versions": [_listed(one) for one in page]}, total, last)


@draft_routes.get("/version", response_model=VersionShown)
async def section_version(
    call: StatedReading,
    application: Identifier,
    section: Identifier,
    version: VersionName,
) -> Response:
    """One version of a section, for the application's own team; the reading is logged."""
    await _must_see(call, application, section)
    found, text = await drafts.version_text(call, application, section, version)
    await call.log_read("version", f"{application}/{section}/{version}")
    return shown({**_listed(found), "text": text})


@draft_routes.get("/difference", response_model=DifferenceShown)
async def section_difference(
    call: StatedReading,
    application: Identifier,
    section: Identifier,
    earlier: VersionName,
    later: VersionName,
) -> Response:
    """What changed between two versions of a section, for the application's own team; the reading is logged."""
    await _must_see(call, application, section)
    passages = await drafts.compare(call, application, section, earlier, later)
    await call.log_read("difference", f"{application}/{section}/{earlier}/{later}")
    return shown({"earlier": earlier, "later": later, "passages": passages})


async def _must_see(call: ReadingCall, application: str, section: str | None = None) -> None:
    """Raises Refused NOT_FOUND for an application, or a section of one, that the caller has no need to know of."""
    async with call.reading() as reader:
        call.must_see(await applications.case_of(reader, application, call.context.received_at, section))


def _place(version: drafts.Version) -> tuple[str, ...]:
    return version.written_at.astimezone(UTC).isoformat(timespec="microseconds"), version.version


def _listed(version: drafts.Version) -> dict[str, Any]:
    return {"version": version.version, "written_by": version.written_by, "written_at": version.written_at}


def _claimed(request: Request) -> str:
    """The media type that a file comes under. Raises Problem 415 MEDIA_TYPE_NOT_TAKEN."""
    claimed = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if claimed not in MEDIA_TYPES.values() or "content-encoding" in request.headers:
        taken = ", ".join(MEDIA_TYPES.values())
        raise Problem(415, "MEDIA_TYPE_NOT_TAKEN", f"Send the file as it is, under one of these media types: {taken}.")
    return claimed


def _file_name(encoded: str) -> str:
    """A file's own name without folders. Raises Problem 422 FILE_NAME_NOT_READABLE, TEXT_NOT_ALLOWED."""
    try:
        name = unquote(encoded, errors="strict").replace("\\", "/").rpartition("/")[2]
        return _LINE.validate_python(read_json(json.dumps(name).encode()))
    except (UnicodeDecodeError, ValidationError):
        sentence = "Give the file's name in one line of up to 200 characters, in UTF-8, percent-encoded."
        raise Problem(422, "FILE_NAME_NOT_READABLE", sentence) from None

"""Dependencies of routes, one for each thing that :mod:`edge.calls` gives at once; they go with their last user."""

import json
import re
from dataclasses import replace
from typing import Annotated
from uuid import UUID, uuid4, uuid5

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from edge.answers import CommandAnswer, answered, shown
from edge.arrivals import arrival_of
from edge.calls import NAMESPACE, OPERATOR, PURPOSE, VERSION, Narrow, edge_of
from edge.calls import _path as _path
from edge.calls import caller as known
from edge.openapi import NEEDED
from edge.principal import Principal
from edge.problems import Problem
from ledger.decider import By, not_allowed, not_found
from ledger.rows import Context

__all__ = ["CommandAnswer", "Narrow", "answered", "shown"]

_VERSION = re.compile(VERSION)
_PURPOSE = re.compile(PURPOSE)

_BEARER = HTTPBearer(scheme_name="bearer", bearerFormat="JWT", auto_error=False)


async def caller(
    request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)] = None
) -> Principal:
    """The principal of the request's bearer token."""
    return await known(request)


async def reading_context(
    request: Request,
    principal: Annotated[Principal, Depends(caller)],
    panelbook_role: Annotated[
        str | None, Header(description="Which of your roles to act in; the first of them if not given.", max_length=64)
    ] = None,
) -> Context:
    """The context of a request for one council's records, under an id of its own.

    Raises Refused ROLE_NOT_YOURS, OPERATOR_READS_NO_CONTENT, and NOT_FOUND for another council than the caller's:
    whether it exists is not said.
    """
    arrival = arrival_of(request)
    context = Context(
        council=principal.council,
        actor=principal.actor,
        role=principal.roles[0],
        received_at=arrival.received_at,
        now=edge_of(request).clock.now(),
        command_id=uuid4(),
        correlation_id=arrival.correlation_id,
        team=principal.team,
        service=principal.service,
        traceparent=arrival.traceparent,
    )
    # From here on a refusal has an author and a council whose access lane it goes to: the caller's own.
    arrival.context = context
    if request.path_params.get("council") != principal.council:
        raise not_found()
    arrival.context = replace(context, role=principal.acting_as(panelbook_role or ""))
    if arrival.context.role == OPERATOR:
        raise not_allowed(
            "OPERATOR_READS_NO_CONTENT", "Whoever runs the system for councils reads and writes none of their cases."
        )
    return arrival.context


async def command_context(
    request: Request,
    context: Annotated[Context, Depends(reading_context)],
    idempotency_key: Annotated[
        str | None,
        Header(description="A UUID of the caller's own; the same key gets the same answer again.", max_length=64),
    ] = None,
) -> Context:
    """The context of a command. Raises Problem 428 IDEMPOTENCY_KEY_MISSING, 422 IDEMPOTENCY_KEY_NOT_A_UUID."""
    context = _keyed(request, context, idempotency_key)
    return fingerprinted(request, context, arrival_of(request).body)


async def upload_context(
    request: Request,
    context: Annotated[Context, Depends(reading_context)],
    idempotency_key: Annotated[
        str | None,
        Header(description="A UUID of the caller's own; the same key gets the same answer again.", max_length=64),
    ] = None,
) -> Context:
    """The context of a command whose body is a file, unread so far: its fingerprint is still to be taken.

    Raises as :func:`command_context`.
    """
    return _keyed(request, context, idempotency_key)


def _keyed(request: Request, context: Context, idempotency_key: str | None) -> Context:
    """The context under the command id that its Idempotency-Key makes."""
    if idempotency_key is None:
        raise Problem(428, "IDEMPOTENCY_KEY_MISSING", "Give every command an Idempotency-Key, a UUID of your own.")
    try:
        if len(request.headers.getlist("idempotency-key")) != 1 or len(idempotency_key) != 36:
            raise ValueError
        key = UUID(idempotency_key)
    except ValueError:
        raise Problem(422, "IDEMPOTENCY_KEY_NOT_A_UUID", "The Idempotency-Key must be one UUID.") from None
    named = json.dumps([context.council, context.actor, request.method, _path(request), str(key)])
    context = replace(context, command_id=uuid5(NAMESPACE, named))
    arrival_of(request).context = context
    return context


def fingerprinted(request: Request, context: Context, content: bytes) -> Context:
    """The context with the fingerprint of what the command says."""
    fingerprint = edge_of(request).vault.fingerprint(context.council, f"{_path(request)}\n".encode() + content)
    arrival_of(request).context = replace(context, fingerprint=fingerprint)
    return replace(context, fingerprint=fingerprint)


# These wait for nothing, and are async all the same: FastAPI sends every other dependency through a thread.


async def require_version(
    request: Request,
    if_match: Annotated[
        str | None, Header(description='The ETag of the record that was read, as `"7"`.', max_length=64)
    ] = None,
) -> int:
    """The version in If-Match. Raises Problem 428 IF_MATCH_MISSING, 422 IF_MATCH_NOT_A_VERSION."""
    if if_match is None:
        raise Problem(428, "IF_MATCH_MISSING", "Say in If-Match which version of the record you have read.")
    found = _VERSION.fullmatch(if_match)
    if found is None or len(request.headers.getlist("if-match")) != 1:
        raise Problem(422, "IF_MATCH_NOT_A_VERSION", 'If-Match must be one version as the ETag gave it, such as "7".')
    return int(found[1])


async def reading_purpose(
    panelbook_purpose: Annotated[
        str | None, Header(description="Why the record is read, in one word such as `complaint_review`.", max_length=64)
    ] = None,
) -> str:
    """The word in Panelbook-Purpose or ''. Raises Problem 422 PURPOSE_NOT_A_WORD: the access lane holds no prose."""
    if panelbook_purpose and not _PURPOSE.fullmatch(panelbook_purpose):
        raise Problem(422, "PURPOSE_NOT_A_WORD", "Say the purpose in one word of small letters, such as case_work.")
    return panelbook_purpose or ""


async def stated_purpose(
    panelbook_purpose: Annotated[
        str | None,
        Header(
            description="Why the record is read, in one word such as `complaint_review`.",
            max_length=64,
            json_schema_extra={NEEDED: True},
        ),
    ] = None,
) -> str:
    """The word in Panelbook-Purpose. Raises Problem 428 PURPOSE_MISSING, 422 PURPOSE_NOT_A_WORD."""
    if not panelbook_purpose:
        raise Problem(428, "PURPOSE_MISSING", "Say in Panelbook-Purpose, in one word, why you read this record.")
    return await reading_purpose(panelbook_purpose)


CommandContext = Annotated[Context, Depends(command_context)]
"""For POST, PUT and PATCH: creations and commands alike."""

UploadContext = Annotated[Context, Depends(upload_context)]
"""For a POST whose body is a file."""

ReadingContext = Annotated[Context, Depends(reading_context)]
"""For GET."""

Version = Annotated[int, Depends(require_version)]
"""The version a command was decided on by its author; not for creations."""

Purpose = Annotated[str, Depends(reading_purpose)]
"""Why a record is read, for :meth:`edge.access.AccessLog.read`."""

StatedPurpose = Annotated[str, Depends(stated_purpose)]
"""As Purpose, for records whose address is handed to systems outside: nobody is shown them without saying why (G5)."""


def by(context: Context) -> By:
    """Who acts in a context, as rules need to know it."""
    return By(context.actor, context.role, context.team, context.service)

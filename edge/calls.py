"""What a route asks for: one call that says who acts, for which council, and what a command or a reading must say."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar, cast
from uuid import UUID, uuid4, uuid5

import structlog
from fastapi import Depends, Query, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from edge.access import AccessLog
from edge.arrivals import Uploads, arrival_of
from edge.clock import Clock
from edge.forms import IDENTIFIER
from edge.keys import Away
from edge.need_to_know import NOBODYS, Case, Route, Shown, Table, Whose, sees, whose
from edge.parameters import require_declared
from edge.pointers import HEADER
from edge.principal import BadToken, Principal, TokenVerifier, bad_token, bearer, identity_away
from edge.problems import Problem, form_problem
from ledger.book import Book
from ledger.decider import By, Failing, not_allowed, not_found
from ledger.rows import Context, Earlier
from ledger.store import Reader
from ledger.vault.vault import Vault

NAMESPACE = UUID("6c0d2ad3-6b0a-5a52-9e0e-0f7f4a2f5a11")
"""The namespace of command ids; changing it would make every repeated command a new one."""

OPERATOR = "operator"
"""The role of whoever runs a deployment for many councils, for whom no council's route answers."""

VERSION = r'(?:W/)?"(0|[1-9][0-9]{0,8})"'
"""How If-Match writes a version.

A proxy that compresses an answer makes its tag a weak one (RFC 9110, 8.8.1). The tag names a version of the record and
not the bytes of an answer, so that a weak one says as much as a strong one.
"""

PURPOSE = r"[a-z][a-z0-9_]{0,63}"
"""How Panelbook-Purpose writes the word."""

LONGEST_HEADER = 64
"""Characters of each header that a call reads."""

_VERSION = re.compile(VERSION)
_PURPOSE = re.compile(PURPOSE)
_log = structlog.get_logger("edge")

T = TypeVar("T")

Purposes = Callable[[str, datetime], Awaitable[Sequence[str]]]
"""The words with which a council lets its records be read at a moment."""

Slugs = Callable[[str, datetime], Awaitable[str]]
"""The slug by which a council is called at a moment, '' where it has said none."""


async def no_slug(council: str, at: datetime) -> str:
    """No council is called by anything but its id."""
    return ""


@dataclass(frozen=True)
class Edge:
    """What every request of one service needs; stands at ``app.state.edge``.

    ``table`` says what each route shows to each role, ``purposes`` for which purposes it may be read, and ``slug`` what
    a council may be called in an address; ``resources`` are what some routes of the service share for the life of the
    process, by their class.
    """

    service: str
    clock: Clock
    tokens: TokenVerifier
    book: Book
    vault: Vault
    access: AccessLog
    resources: Mapping[type[Any], Any]
    table: Table
    purposes: Purposes
    uploads: Uploads = field(default_factory=Uploads)
    slug: Slugs = no_slug


def edge_of(request: Request) -> Edge:
    """The edge of the app that serves a request."""
    return request.app.state.edge


@dataclass(slots=True)
class Call:
    """A known caller's request for one council's records, under a command id."""

    request: Request
    edge: Edge
    context: Context

    @property
    def book(self) -> Book:
        """The service's book."""
        return self.edge.book

    @property
    def vault(self) -> Vault:
        """Where personal text is sealed and opened."""
        return self.edge.vault

    @property
    def by(self) -> By:
        """Who acts, as rules need to know it."""
        return self.context.by

    @property
    def shown(self) -> Shown:
        """How much the caller's role is shown on this route."""
        return _route(self.request).shown(self.context.role)

    def reading(self) -> AbstractAsyncContextManager[Reader]:
        """A look at the council's read models (:meth:`ledger.book.Book.reading`)."""
        return self.edge.book.reading(self.context.council)

    async def unsealed(self, value: Any) -> Any:
        """The council's own personal text in ``value`` opened (:meth:`ledger.vault.vault.Vault.unseal_all`)."""
        return await self.edge.vault.unseal_all(self.context.council, value)

    def resource(self, kind: type[T]) -> T:
        """What the service's routes share of that class."""
        return cast(T, self.edge.resources[kind])


@dataclass(slots=True)
class VersionedCall(Call):
    """A command on a record, of which its author has read ``version``."""

    version: int


@dataclass(slots=True)
class ReadingCall(Call):
    """A reading that is logged with the reader's ``purpose``, a word or ''.

    A route that shows a role its own cases only asks :meth:`must_see`, :meth:`may_see` or :meth:`whose` first.
    """

    purpose: str
    _asked: bool = False

    def may_see(self, case: Case, on: str = "") -> bool:
        """Whether the caller is shown a case, as :mod:`edge.need_to_know` has it; or what route ``on`` shows of it."""
        self._asked = True
        shown = self.edge.table[on].shown(self.context.role) if on else self.shown
        return sees(shown, self._mine(), self.context.role, case)

    def must_see(self, case: Case | None) -> None:
        """Raises Refused NOT_FOUND for a case that is not here or that the caller has no need to know of."""
        if case is None or not self.may_see(case):
            raise not_found()

    @property
    def has_extract(self) -> bool:
        """Whether the caller is a council's own system, which is shown an extract and nothing else of the record."""
        return self.shown is Shown.EXTRACT

    def must_have_extract(self, council_lets_systems_read: bool) -> None:
        """Raises Refused NOT_FOUND where the council does not let its systems read: nothing is there for them (G23)."""
        self._asked = True
        if not council_lets_systems_read:
            raise not_found()

    def whose(self) -> Whose | None:
        """By what a list is narrowed for the caller; None where it is shown whole."""
        self._asked = True
        return None if self.shown is Shown.ALL else self._mine()

    def _mine(self) -> Whose:
        return whose(self.context.actor, self.context.role, self.context.team, self.context.service)

    async def log_read(self, what: str, subject: str = "") -> None:
        """Write down that ``what`` about ``subject`` is about to be shown (:meth:`edge.access.AccessLog.read`)."""
        self._require_asked()
        await self.edge.access.read(self.context, what, subject, self.purpose)

    async def log_export(self, what: str, subject: str, digest: str) -> None:
        """Write down that a file of that SHA-256 is about to leave (:meth:`edge.access.AccessLog.exported`)."""
        self._require_asked()
        await self.edge.access.exported(self.context, what, subject, digest, self.purpose)

    def _require_asked(self) -> None:
        assert self._asked or self.shown is Shown.ALL, "a route that shows one's own cases asks whose they are"


@dataclass(slots=True)
class UploadCall(VersionedCall):
    """A command whose body is a file that is still on the line, so that it has no fingerprint yet."""

    @property
    def announced(self) -> int:
        """The bytes that the file is said to have, 0 where nothing is said."""
        return int(self.request.headers.get("content-length", "0"))

    @asynccontextmanager
    async def content(self) -> AsyncIterator[bytes]:
        """The whole file, in one of its council's turns. The command is received when its last byte is.

        Whatever can be judged without the bytes is judged before. Raises Problem 503 UPLOADS_BUSY, 408, 413.
        """
        with self.edge.uploads.turn(self.context.council):
            parts = bytearray()
            async for part in self.request.stream():
                parts += part
            now = self.edge.clock.now()
            self.context = replace(self.context, received_at=now, now=now)
            yield bytes(parts)

    def fingerprint(self, content: bytes) -> None:
        """Give the command the fingerprint of ``content``, which stands for what the file says."""
        self.context = _fingerprinted(self.request, self.context, content)


async def _lookup(request: Request) -> Call:
    return Call(request, edge_of(request), await identified(request))


async def _reading(request: Request) -> ReadingCall:
    context = await identified(request)
    return ReadingCall(request, edge_of(request), context, await _purpose(request, context))


async def _stated_reading(request: Request) -> ReadingCall:
    context = await identified(request)
    return ReadingCall(request, edge_of(request), context, await _purpose(request, context, required=True))


async def _creation(request: Request) -> Call:
    return Call(request, edge_of(request), await _commanded(request))


async def _command(request: Request) -> VersionedCall:
    return VersionedCall(request, edge_of(request), await _commanded(request), _version(request))


async def _upload(request: Request) -> UploadCall:
    context = _keyed(request, await identified(request))
    return UploadCall(request, edge_of(request), context, _version(request))


async def identified(request: Request) -> Context:
    """The context of a known caller who may act for the council of the address, under an id of its own.

    Raises Problem 401 NO_TOKEN or BAD_TOKEN, 503 SIGN_IN_AWAY, Refused ROLE_NOT_YOURS, OPERATOR_READS_NO_CONTENT, and
    NOT_FOUND for another council than the caller's, and for a role that has no need to know what the route shows:
    whether it exists is not said. Then Problem 422 UNKNOWN_PARAMETER, PARAMETER_TWICE.
    """
    edge, arrival = edge_of(request), arrival_of(request)
    principal = await caller(request)
    role = _header(request, "panelbook-role")
    context = Context(
        council=principal.council,
        actor=principal.actor,
        role=principal.roles[0],
        received_at=arrival.received_at,
        now=edge.clock.now(),
        command_id=uuid4(),
        correlation_id=arrival.correlation_id,
        team=principal.team,
        service=principal.service,
        traceparent=arrival.traceparent,
    )
    # From here on a refusal has an author and a council whose access lane it goes to: the caller's own.
    arrival.context = context
    named = request.path_params.get("council")
    if named != principal.council:
        if not named or named != await edge.slug(principal.council, arrival.received_at):
            raise not_found()
        # A slug is for whoever types the address: everything else goes by the id.
        request.path_params["council"] = principal.council
    if role:
        arrival.context = context = replace(context, role=principal.acting_as(role))
    if context.role == OPERATOR:
        raise not_allowed(
            "OPERATOR_READS_NO_CONTENT", "Whoever runs the system for councils reads and writes none of their cases."
        )
    if _route(request).shown(context.role) is Shown.NOTHING:
        raise not_found()
    require_declared(request)
    return context


def _route(request: Request) -> Route:
    """What the table says of the route that a request was matched to."""
    return edge_of(request).table.get(request.scope["route"].name, NOBODYS)


async def _commanded(request: Request) -> Context:
    """The context of a command, with the fingerprint of its body."""
    context = _keyed(request, await identified(request))
    return _fingerprinted(request, context, arrival_of(request).body)


def _keyed(request: Request, context: Context) -> Context:
    """The context under the command id that Idempotency-Key makes.

    Raises Problem 428 IDEMPOTENCY_KEY_MISSING, 422 IDEMPOTENCY_KEY_NOT_A_UUID.
    """
    given = _header(request, "idempotency-key")
    if given is None:
        raise Problem(428, "IDEMPOTENCY_KEY_MISSING", "Give every command an Idempotency-Key, a UUID of your own.")
    try:
        if _is_repeated(request, "idempotency-key") or len(given) != 36:
            raise ValueError
        key = UUID(given)
    except ValueError:
        raise Problem(422, "IDEMPOTENCY_KEY_NOT_A_UUID", "The Idempotency-Key must be one UUID.") from None
    command_id = command_id_of(edge_of(request).service, context.council, context.actor, str(key))
    # Before this one an address had ids of its own; what was done under such a key is not done again (G2).
    path = _path(request, context.council)
    was = uuid5(NAMESPACE, json.dumps([context.council, context.actor, request.method, path, str(key)]))
    earlier = Earlier(command_id, was, b"")
    context = arrival_of(request).context = replace(context, command_id=command_id, earlier=earlier)
    return context


def command_id_of(service: str, council: str, actor: str, key: str) -> UUID:
    """The id of the command that an actor gives a service under a key, at whatever address (G2)."""
    return uuid5(NAMESPACE, json.dumps([service, council, actor, key]))


def _version(request: Request) -> int:
    """The version in If-Match. Raises Problem 428 IF_MATCH_MISSING, 422 IF_MATCH_NOT_A_VERSION."""
    given = _header(request, "if-match")
    if given is None:
        raise Problem(428, "IF_MATCH_MISSING", "Say in If-Match which version of the record you have read.")
    found = _VERSION.fullmatch(given)
    if found is None or _is_repeated(request, "if-match"):
        raise Problem(422, "IF_MATCH_NOT_A_VERSION", 'If-Match must be one version as the ETag gave it, such as "7".')
    return int(found[1])


async def _purpose(request: Request, context: Context, *, required: bool = False) -> str:
    """The word in Panelbook-Purpose or ''; the access lane holds no prose.

    Raises Problem 428 PURPOSE_MISSING, 422 PURPOSE_NOT_A_WORD, PURPOSE_NOT_KNOWN.
    """
    given = _header(request, "panelbook-purpose")
    if required and not given:
        raise Problem(428, "PURPOSE_MISSING", "Say in Panelbook-Purpose, in one word, why you read this record.")
    if given and not _PURPOSE.fullmatch(given):
        raise Problem(422, "PURPOSE_NOT_A_WORD", "Say the purpose in one word of small letters, such as case_work.")
    if not given:
        return ""
    known = await edge_of(request).purposes(context.council, context.received_at)
    if given not in known:
        raise Problem(422, "PURPOSE_NOT_KNOWN", f"The council's settings name these purposes: {', '.join(known)}.")
    return given


def _header(request: Request, name: str) -> str | None:
    """A header's value or None. Raises Problem 422 TOO_LONG."""
    value = request.headers.get(name)
    if value is not None and len(value) > LONGEST_HEADER:
        raise form_problem([Failing(f"{HEADER}{name}", "TOO_LONG", f"This is too long: at most {LONGEST_HEADER}.")])
    return value


def _is_repeated(request: Request, name: str) -> bool:
    return len(request.headers.getlist(name)) != 1


async def caller(request: Request) -> Principal:
    """The principal of the request's bearer token. Raises Problem 401 NO_TOKEN or BAD_TOKEN, 503 SIGN_IN_AWAY."""
    arrival = arrival_of(request)
    if arrival.principal is None:
        token = bearer(request.headers.getlist("authorization"))
        try:
            arrival.principal = await edge_of(request).tokens.verify(token)
        except BadToken as refused:
            _log.info("token refused", reason=str(refused))
            raise bad_token() from None
        except Away:
            raise identity_away() from None
    return arrival.principal


def _fingerprinted(request: Request, context: Context, content: bytes) -> Context:
    """The context with the fingerprint of what the command says."""
    vault = edge_of(request).vault
    says = f"{_path(request, context.council)}\n".encode() + content
    fingerprint = vault.fingerprint(context.council, f"{request.method} ".encode() + says)
    earlier = context.earlier
    if earlier is not None:
        earlier = replace(earlier, fingerprint=vault.fingerprint(context.council, says))
    context = arrival_of(request).context = replace(context, fingerprint=fingerprint, earlier=earlier)
    return context


def _path(request: Request, council: str) -> str:
    """The address that was called, with the council's id where somebody wrote its slug."""
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    below = path.removeprefix("/councils/").partition("/")[2]
    return f"/{edge_of(request).service}/councils/{council}/{below}"


class _Kind(SecurityBase, Generic[T]):
    """A kind of call as FastAPI knows dependencies: it takes the request only.

    FastAPI writes its name into the OpenAPI document, where :mod:`edge.openapi` puts the token and the headers that a
    call of this kind needs.
    """

    def __init__(self, name: str, call: Callable[[Request], Awaitable[T]]) -> None:
        self.model = HTTPBearer(bearerFormat="JWT")
        self.scheme_name = name
        self._call = call

    async def __call__(self, request: Request) -> T:
        """The call that a request makes."""
        return await self._call(request)


Lookup = Annotated[Call, Depends(_Kind("lookup", _lookup))]
"""For what holds nobody's record: read without a purpose, or worked out from a draft in a POST that stores nothing."""

Reading = Annotated[ReadingCall, Depends(_Kind("reading", _reading))]
"""For GET."""

StatedReading = Annotated[ReadingCall, Depends(_Kind("stated_reading", _stated_reading))]
"""For what is known of a person: nobody is shown it without saying why (G5, I5)."""

Creation = Annotated[Call, Depends(_Kind("creation", _creation))]
"""For a command that depends on no version of a record."""

Command = Annotated[VersionedCall, Depends(_Kind("command", _command))]
"""For POST, PUT and PATCH on a record."""

Upload = Annotated[UploadCall, Depends(_Kind("upload", _upload))]
"""For a POST on a record whose body is a file."""

Narrow = Annotated[str | None, Query(description="Only what is about this one.", pattern=IDENTIFIER)]
"""For lists: an id or a code by which they are narrowed."""

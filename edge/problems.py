"""Every refusal and every fault as one application/problem+json document with a stable code and a plain sentence."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

import asyncpg
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from contracts.problems import catalogue, type_of
from edge.pointers import HEADER, QUERY, Part, placed, token
from ledger.decider import Failing, Refused
from ledger.store import Busy, CommandReused, NewerThanMe, StaleVersion, TooLarge, Unknown

MEDIA_TYPE = "application/problem+json"

TITLES: Mapping[int, str] = {
    400: "The request could not be read",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "This cannot be done here",
    408: "The request took too long to arrive",
    409: "Not possible in the present state",
    412: "The record has changed",
    413: "Too large",
    415: "Not of a kind that is read here",
    421: "Not the name of this deployment",
    422: "A rule or a field stands in the way",
    428: "Something must be said first",
    429: "Too often within a minute",
    431: "The head of the request is too large",
    500: "A fault of ours",
    503: "Try again in a moment",
}
"""What each status means, for people; also the list of statuses that a problem can have."""

RETRY_AFTER = "5"
"""Seconds after which a 503 is worth another try: one publication of marks, and longer than any statement may take."""


@dataclass(eq=False)
class Problem(Exception):
    """A refusal of the edge itself, or of a rule (``ruled``). Neither sentence nor ``facts`` repeat what was sent."""

    status: int
    code: str
    sentence: str
    failing: tuple[Failing, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    ruled: bool = False

    def __str__(self) -> str:
        return f"{self.status} {self.code}"


class FailingDocument(BaseModel):
    """One field or rule that stands in the way."""

    model_config = ConfigDict(populate_by_name=True)

    pointer: str = Field(description="JSON pointer (RFC 6901) into what `in` names; to its place, where it is missing.")
    part: Part = Field(
        alias="in",
        description=(
            "The request's `body`, its `query` or `header` as objects of their parameters, or the `record` as it "
            "stands, which a rule judged with the request."
        ),
    )
    code: str
    sentence: str


class ProblemDocument(BaseModel):
    """RFC 9457 problem details, with a stable searchable code."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description="`/problems/<code>`: where the code is explained, from the root of the deployment.")
    title: str
    status: int
    code: str = Field(description="Stable; written in capitals.")
    detail: str = Field(description="A sentence for the person who asked.")
    instance: str = Field(description="`urn:uuid:<correlation id>`")
    correlation_id: str
    failing: list[FailingDocument] = Field(default_factory=list[FailingDocument])
    facts: dict[str, Any] = Field(default_factory=dict[str, Any])


def document(problem: Problem, correlation_id: str, route: object = None) -> dict[str, Any]:
    """The JSON document of a problem. Its title is its code's own, or its status's where the catalogue lacks it.

    ``route`` is the one that the request was matched to: its form says what of a rule's pointers leads into the body.
    """
    known = catalogue().get(problem.code)
    failing = [_failing(one, route if problem.ruled else None) for one in problem.failing]
    return {
        "type": type_of(problem.code),
        "title": known.title if known is not None else TITLES.get(problem.status, TITLES[500]),
        "status": problem.status,
        "code": problem.code,
        "detail": problem.sentence,
        "instance": f"urn:uuid:{correlation_id}",
        "correlation_id": correlation_id,
        "failing": failing,
        "facts": dict(problem.facts),
    }


def _failing(one: Failing, route: object) -> dict[str, str]:
    pointer, part = placed(one.pointer, route)
    return {"pointer": pointer, "in": part, "code": one.code, "sentence": one.sentence}


def response(problem: Problem, correlation_id: str, route: object = None) -> Response:
    """The HTTP answer of a problem on a route. A 503 always says when to try again."""
    headers = dict(problem.headers)
    if problem.status == 503:
        headers.setdefault("Retry-After", RETRY_AFTER)
    body = json.dumps(document(problem, correlation_id, route), default=str, ensure_ascii=True).encode()
    return Response(body, problem.status, headers, MEDIA_TYPE)


def unacceptable(code: LiteralString, sentence: str) -> PydanticCustomError:
    """The error a field's own validator raises: its code and sentence reach the caller as they stand.

    The sentence must not repeat the value.
    """
    return PydanticCustomError(code, "{sentence}", {"sentence": sentence})


def problem_of(error: Exception) -> Problem | None:
    """What an exception means to the caller, or None for a fault that is ours alone (500)."""
    match error:
        case Problem():
            return error
        case Refused():
            return Problem(int(error.kind), error.code, error.sentence, error.failing, error.facts, ruled=True)
        case RequestValidationError():
            return of_validation(error.errors())
        case HTTPException():
            return _of_status(error)
        case Unknown():
            return Problem(
                503,
                "COMMIT_UNKNOWN",
                "The book went away at the last moment. Try again with the same Idempotency-Key: that will tell.",
            )
        case Busy():
            return Problem(
                503, "BUSY", "Someone else is writing in this council's book. Nothing was stored. Try again."
            )
        case NewerThanMe():
            return Problem(503, "NEWER_THAN_ME", "The book holds entries newer than this service can read. Try again.")
        case StaleVersion():
            return Problem(412, "STALE_VERSION", "The record has changed since you read it. Read it again.")
        case CommandReused():
            return Problem(422, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was already used with another body.")
        case TooLarge():
            return Problem(413, "ENTRY_TOO_LARGE", "This is larger than one entry of the book may be.")
        case _ if _is_away(error):
            return Problem(
                503, "STORE_AWAY", "The book or the vault cannot be reached. Try again with the same Idempotency-Key."
            )
        case _:
            return None


def _is_away(error: Exception) -> bool:
    """Whether the database or the network is at fault rather than our own code."""
    if isinstance(error, asyncpg.PostgresError):
        # Classes: connection, rollback (deadlock), out of resources, operator's doing, lock not available.
        return (getattr(error, "sqlstate", None) or "")[:2] in {"08", "40", "53", "57", "55", "25"}
    if type(error) is asyncpg.InterfaceError:
        # asyncpg says "connection is closed" and "pool is closing" with the class it also uses for wrong calls.
        return "clos" in str(error)
    return isinstance(error, ConnectionError | TimeoutError | OSError | asyncpg.InternalClientError)


def _of_status(error: HTTPException) -> Problem:
    headers = dict(error.headers or {})
    match error.status_code:
        case 404:
            return Problem(404, "NOT_FOUND", "There is nothing at this address.", headers=headers)
        case 405:
            return Problem(405, "METHOD_NOT_ALLOWED", "This address does not take that method.", headers=headers)
        case status if 400 <= status < 500:
            return Problem(400, "REQUEST_NOT_READ", "The request could not be read.")
        case _:
            return Problem(503, "NOT_AVAILABLE", "The service cannot answer now. Try again.")


def of_validation(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Every failing field of a form at once. A wrong id in the path is simply an address where nothing is."""
    if any(error["loc"][:1] == ("path",) for error in errors):
        return Problem(404, "NOT_FOUND", "There is nothing at this address.")
    failing = tuple(Failing(_pointer(error["loc"]), *_code_and_sentence(error)) for error in errors)
    return form_problem(failing)


def form_problem(failing: Sequence[Failing]) -> Problem:
    """422 for a form: the failing fields' own code when they share one, FORM_INCOMPLETE otherwise."""
    codes = {one.code for one in failing}
    code = codes.pop() if len(codes) == 1 else "FORM_INCOMPLETE"
    if code == "REQUIRED":
        code = "FORM_INCOMPLETE"
    sentence = "One field needs attention." if len(failing) == 1 else f"{len(failing)} fields need attention."
    return Problem(422, code, sentence, tuple(failing))


def _pointer(loc: Sequence[object]) -> str:
    match list(loc):
        case ["query" | "header" as part, name, *_]:
            return (QUERY if part == "query" else HEADER) + str(name)
        case ["body", *steps, "[key]"]:  # pydantic's mark of a name that is no name; the name itself is the place.
            return "".join(token(one) for one in steps)
        case ["body", *steps] | steps:
            return "".join(token(one) for one in steps)


_SENTENCES: Mapping[str, tuple[str, str]] = {
    "missing": ("REQUIRED", "This must be given."),
    "extra_forbidden": ("UNKNOWN_FIELD", "There is no such field."),
    "invalid_key": ("UNKNOWN_FIELD", "There is no such field."),
    "string_too_short": ("REQUIRED", "This must not be empty."),
    "too_short": ("TOO_FEW", "More of these must be given."),
    "string_too_long": ("TOO_LONG", "This is too long."),
    "too_long": ("TOO_MANY", "Too many are given."),
    "string_type": ("NOT_A_TEXT", "This must be a text."),
    "string_unicode": ("TEXT_NOT_ALLOWED", "This text holds characters that cannot be kept."),
    "string_pattern_mismatch": ("WRONG_SHAPE", "This is not written as it must be."),
    "bool_type": ("NOT_YES_OR_NO", "This must be true or false."),
    "literal_error": ("NOT_A_CHOICE", "This is none of the choices."),
    "enum": ("NOT_A_CHOICE", "This is none of the choices."),
    "none_required": ("MUST_BE_ABSENT", "This must be null."),
    "timezone_aware": ("NOT_A_MOMENT", "This moment must say its offset from UTC."),
    "greater_than": ("OUT_OF_RANGE", "This is too small."),
    "greater_than_equal": ("OUT_OF_RANGE", "This is too small."),
    "less_than": ("OUT_OF_RANGE", "This is too large."),
    "less_than_equal": ("OUT_OF_RANGE", "This is too large."),
    "finite_number": ("OUT_OF_RANGE", "This must be a finite number."),
}
_FAMILIES: Sequence[tuple[str, tuple[str, str]]] = (
    ("datetime_", ("NOT_A_MOMENT", "This must be a moment as 2026-10-07T16:00:00Z.")),
    ("date_", ("NOT_A_DATE", "This must be a date as 2026-10-07.")),
    ("time_", ("NOT_A_TIME", "This must be a time of day as 16:00.")),
    ("int_", ("NOT_A_WHOLE_NUMBER", "This must be a whole number.")),
    ("float_", ("NOT_A_NUMBER", "This must be a number.")),
    ("uuid_", ("NOT_AN_ID", "This must be an id of this system.")),
    ("list_", ("NOT_A_LIST", "This must be a list.")),
    ("tuple_", ("NOT_A_LIST", "This must be a list.")),
    ("dict_", ("NOT_AN_OBJECT", "This must be an object.")),
    ("model_", ("NOT_AN_OBJECT", "This must be an object.")),
    ("union_tag_", ("NOT_A_CHOICE", "This is none of the choices.")),
)

_OTHERWISE = ("NOT_VALID", "This is not valid.")
FIELD_CODES = frozenset({*_SENTENCES.values(), *(said for _, said in _FAMILIES), _OTHERWISE})
"""By what a field of any form can fail: codes with their sentences."""


def _code_and_sentence(error: Mapping[str, Any]) -> tuple[str, str]:
    """A code and a sentence for one pydantic error, never with the value in it."""
    kind = str(error["type"])
    if kind.isupper():
        return kind, str(error["msg"])
    known = _SENTENCES.get(kind) or next((said for prefix, said in _FAMILIES if kind.startswith(prefix)), None)
    code, sentence = known or _OTHERWISE
    limits = error.get("ctx") or {}
    match kind:
        case "string_too_long" | "too_long":
            sentence = f"{sentence[:-1]}: at most {limits['max_length']}."
        case "literal_error" | "enum":
            sentence = f"{sentence[:-1]}: {limits['expected']}."
        case "greater_than_equal":
            sentence = f"{sentence[:-1]}: at least {limits['ge']}."
        case "less_than_equal":
            sentence = f"{sentence[:-1]}: at most {limits['le']}."
        case _:
            pass
    return code, sentence

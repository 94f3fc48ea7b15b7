"""How a list is asked for and answered: a page at a time, narrowed by what its entries have, with a total (I1)."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from councils.calendar import DAY, london
from edge.answers import shown
from edge.calls import Call
from edge.forms import IDENTIFIER, Day
from edge.problems import Problem
from ledger.listing import MOST, Asked, Page, Place

_MARK = 16
"""Bytes of the keyed digest in a cursor."""

_LONGEST = 1000


class ListAsked(BaseModel):
    """What every list can be asked for; a list's own parameters are members beside these, and narrow it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MOST, description="Entries of one page.")] = MOST
    cursor: Annotated[
        str | None,
        Field(description="The page behind: what `next` was, with the same parameters otherwise."),
    ] = None

    def narrowed(self) -> dict[str, Any]:
        """By what the list is narrowed, by the names of this model's members."""
        return {name: getattr(self, name) for name in type(self).model_fields if name not in ("limit", "cursor")}

    def asked(self, call: Call) -> Asked:
        """The page. Raises Problem 422 CURSOR_NOT_OF_THIS_LIST."""
        return Asked(self.narrowed(), _behind(call, self) if self.cursor is not None else None, self.limit)


Narrow = Annotated[str | None, Field(description="Only what is about this one.", pattern=IDENTIFIER)]
"""An id or a code by which a list is narrowed."""

Since = Annotated[Day | None, Field(alias="from", description="The first day that counts, in London.")]
Until = Annotated[Day | None, Field(alias="to", description="The last day that counts, in London.")]


class OfDays(ListAsked):
    """A list whose entries have a day."""

    since: Since = None
    until: Until = None


class OfMoments(OfDays):
    """A list whose entries have a moment, and so a day in London."""

    def narrowed(self) -> dict[str, Any]:
        until = self.until + DAY if self.until else None
        return {**super().narrowed(), "since": _begins(self.since), "until": _begins(until)}


class PageShown(BaseModel):
    """What every list says beside its entries."""

    total: int = Field(description="How many entries there are in all, of those that the caller is shown.")
    next: str | None = Field(description="The cursor of the page behind this one; null on the last.")


def listed(call: Call, asked: ListAsked, name: str, page: Page, **further: Any) -> Response:
    """The answer of a list whose entries are ``page.rows``, in a member of that name."""
    return paged(call, asked, {name: page.rows, **further}, page.total, page.last)


def paged(call: Call, asked: ListAsked, body: Mapping[str, Any], total: int, last: Place | None) -> Response:
    """The answer of a list with its entries in ``body``: total and cursor, and for GET a link to the page behind."""
    cursor = _cursor(call, asked, last) if last is not None else None
    answer = shown({**body, "total": total, "next": cursor})
    if cursor is not None and call.request.method == "GET":
        said = [(name, value) for name, value in call.request.query_params.multi_items() if name != "cursor"]
        answer.headers["Link"] = f'<?{urlencode([*said, ("cursor", cursor)])}>; rel="next"'
    return answer


def _begins(day: date | None) -> Any:
    return london(day, time()) if day else None


# --- Cursors --------------------------------------------------------------------------------------------------


def _cursor(call: Call, asked: ListAsked, place: Place) -> str:
    """A place in the list, which holds ids and moments only, under a mark that nobody else can make."""
    said = msgspec.json.encode(place)
    return urlsafe_b64encode(_mark(call, asked, said) + said).rstrip(b"=").decode()


def _behind(call: Call, asked: ListAsked) -> Place:
    text = asked.cursor or ""
    try:
        if len(text) > _LONGEST:
            raise ValueError
        content = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        mark, said = content[:_MARK], content[_MARK:]
        if not hmac.compare_digest(mark, _mark(call, asked, said)):
            raise ValueError
        return msgspec.json.decode(said, type=tuple[str, ...])
    except (ValueError, msgspec.DecodeError):
        raise Problem(
            422,
            "CURSOR_NOT_OF_THIS_LIST",
            "This cursor was not given for this list with these parameters. Begin again without one.",
        ) from None


def _mark(call: Call, asked: ListAsked, place: bytes) -> bytes:
    """Binds a place to its council, list and parameters, so that none leads anywhere else."""
    request = call.request
    of = (
        call.edge.service,
        request.scope["route"].name,
        sorted(request.path_params.items()),
        sorted((name, str(value)) for name, value in asked.narrowed().items() if value is not None),
    )
    said = b"cursor\n" + msgspec.json.encode(of) + b"\n" + place
    return call.vault.fingerprint(call.context.council, said)[:_MARK]

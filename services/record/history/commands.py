"""How a question about a case is answered: as at a moment that is complete, from a cut that stays."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import uuid5

import asyncpg
import msgspec

from councils.settings import Settings, in_force
from ledger.book import Book
from ledger.decider import not_found, rule_broken, wrong_state
from ledger.rows import Context, Row
from ledger.store import Reader
from ledger.vault.vault import Vault
from services.record.history import read
from services.record.history.answer import FORMAT, Entry, body, digest
from services.record.history.decoding import CODECS, SERVICES, meaning
from services.record.history.follow import name_again
from services.record.history.read import ANSWER_LIMIT, Place


@dataclass(frozen=True)
class Answered:
    """The answer's bytes, their SHA-256 in hexadecimal, and the moment they are of."""

    body: bytes
    digest: str
    as_at: datetime


@dataclass(frozen=True)
class Completeness:
    """Up to which moment each service's copy is complete, and all of them together; None before every one has said."""

    by_service: dict[str, datetime]
    until: datetime | None


async def completeness(book: Book, council: str) -> Completeness:
    """The newest moment that a history can be asked for."""
    async with book.reading(council) as reader:
        found = await read.marks(reader)
    moments = {service: mark.moment for service, mark in found.items()}
    return Completeness(moments, min(moments.values()) if moments.keys() >= set(SERVICES) else None)


async def history(book: Book, vault: Vault, context: Context, application: str, as_at: datetime | None) -> Answered:
    """One case as it was known at a moment; without one, at the newest complete moment.

    Raises Refused NOT_FOUND, NOT_COMPLETE_YET (409, with the newest complete moment), HISTORY_TOO_LONG.
    """
    council = context.council
    until = (await completeness(book, council)).until
    if until is None or (as_at is not None and as_at > until):
        raise wrong_state(
            "NOT_COMPLETE_YET",
            "Not every service has reported up to that moment. Ask for an earlier one, or again in some seconds.",
            newest_complete=until,
        )
    moment = as_at or until
    cut = await _cut(book, context, moment)
    async with book.reading(council) as reader:
        rows = await read.case_rows(reader, application, cut)
        published = await read.settings_rows(reader, cut)
    if not rows:
        raise not_found()
    if len(rows) > ANSWER_LIMIT:
        raise rule_broken("HISTORY_TOO_LONG", f"This history has more than {ANSWER_LIMIT} entries.")
    entries = [Entry(service, row, await _content(book, vault, council, service, row)) for service, row in rows]
    answer = body(council, application, moment, cut, _rules(published, entries), entries)
    return Answered(answer, digest(answer), moment)


async def _cut(book: Book, context: Context, as_at: datetime) -> dict[str, Place]:
    async with book.reading(context.council) as reader:
        pinned = await read.pinned_cut(reader, as_at, FORMAT)
        cut = pinned or await read.cut_at(reader, as_at)
    if pinned is not None:
        return pinned
    pinning = replace(context, command_id=uuid5(context.command_id, "pin"))
    async with book.unit_of_work(pinning) as unit:
        await unit.transaction.change([read.pin(as_at, FORMAT, cut)])
        return await read.pinned_cut(unit, as_at, FORMAT) or cut


async def _content(book: Book, vault: Vault, council: str, service: str, row: Row) -> Any:
    """What a row said, in clear. What belongs to an erased person is None."""
    return msgspec.to_builtins(await vault.unseal_all(council, meaning(service, row, book.codec)))


def _versions(content: Any) -> Iterator[int]:
    """Every settings version that an entry names, however deep: a decision names it in its ruling."""
    if isinstance(content, dict):
        for name, value in content.items():
            if name == "settings_version" and isinstance(value, int):
                yield value
            else:
                yield from _versions(value)
    elif isinstance(content, list):
        for value in content:
            yield from _versions(value)


def _rules(published: list[Row], entries: list[Entry]) -> list[dict[str, Any]]:
    """The settings versions that the entries name, each with its limits and when it came into force."""
    named = {version for entry in entries for version in _versions(entry.content)}
    found: list[dict[str, Any]] = []
    for row in published:
        event = CODECS["routing"].decode_row(row)
        if event.version in named:
            settings = Settings.read(event.settings)
            found.append(
                {
                    "version": event.version,
                    "in_force_from": event.in_force_from,
                    "published_at": row.recorded_at,
                    "published_by": event.published_by,
                    "digest": event.digest,
                    "delegated_limits": dict(settings.delegated_limits),
                }
            )
    return found


async def settings_in_force(reader: Reader, at: datetime) -> Settings | None:
    """The council's settings at a moment, as far as record has copied them."""
    published = await read.settings_rows(reader, await read.cut_at(reader, at))
    return in_force([Settings.read(CODECS["routing"].decode_row(row).settings) for row in published], at)


async def name_copies_again(book: Book, pool: asyncpg.Pool, council: str) -> int:
    """Fold the index of applications of one council anew from record's copies; returns the rows read."""
    async with pool.acquire() as held, held.transaction():
        # The pool hands out a proxy with every method of a connection.
        return await name_again(book.codec, cast(asyncpg.Connection, held), council)

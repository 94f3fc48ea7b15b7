"""Saving what is being written, as often as it is typed, and comparing what a section has said at different times.

A save is no event: it goes to `ledger.drafts`, sealed, a version each. Completing the section is the event.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from councils.settings import Settings
from edge.commands import by
from ledger.book import Book
from ledger.codec.sealed import from_sealed_json
from ledger.decider import Kind, Private, Refused, not_found, wrong_state
from ledger.pg.drafts import Draft, Drafts
from ledger.rows import Context
from ledger.store import CommandReused
from ledger.vault.vault import Erased, Vault
from services.intake.applications.decider import stream
from services.intake.documents import read
from services.intake.documents.domain.difference import Passage, difference
from services.intake.documents.domain.drafts import Writing, may_read, may_write


@dataclass(frozen=True)
class Desk:
    """Everything that drafts need: the book, the keys, and where drafts are kept."""

    book: Book
    vault: Vault
    drafts: Drafts


@dataclass(frozen=True)
class Version:
    """One thing that a section said: completed (numbered as the application was), or a draft (by its own number)."""

    version: str
    written_by: str
    written_at: datetime
    text: Private | None


async def save(
    desk: Desk, context: Context, expected: int, application: str, section: str, settings: Settings, text: str
) -> Draft:
    """Keep a save of a section that is being written; the same command again gives the same save.

    Raises Refused STALE_VERSION with the newer save's number, author and moment when somebody has saved meanwhile;
    ERASED, and as :func:`services.intake.documents.domain.drafts.may_write`.
    """
    writing = await _writing(desk, context, application)
    may_write(by(context), writing, section, settings)
    newest = await desk.drafts.version(context.council, stream(application), _field(section))
    if newest is not None and newest.command_id == context.command_id:
        if await _text(desk, context.council, newest.text) != text:
            raise CommandReused("This command id was already used with another body.")
        return newest
    if expected != (newest.version if newest else 0):
        raise _stale(expected, newest)
    try:
        sealed = await desk.vault.seal(
            context.council, stream(application), Private(writing.person, text), _field(section)
        )
    except Erased:
        raise wrong_state("ERASED", "What was known of this person has been erased.") from None
    draft = Draft(
        stream(application),
        _field(section),
        expected + 1,
        sealed,
        context.actor,
        context.received_at,
        context.command_id,
    )
    await desk.drafts.save(context.council, draft)
    return draft


async def newest(
    desk: Desk, context: Context, application: str, section: str, settings: Settings
) -> tuple[Draft | None, str | None]:
    """The newest save of a section and its text; None before the first. Raises Refused as for reading versions."""
    await _readable(desk, context, application, section, settings)
    draft = await desk.drafts.version(context.council, stream(application), _field(section))
    return draft, await _text(desk, context.council, draft.text) if draft else None


async def versions(desk: Desk, context: Context, application: str, section: str, settings: Settings) -> list[Version]:
    """Everything that a section has said and that is still kept, oldest first. Raises Refused NOT_YOUR_APPLICATION."""
    await _readable(desk, context, application, section, settings)
    async with desk.book.reading(context.council) as reader:
        completed = await read.section_versions(reader, application, section)
    drafts = await desk.drafts.versions(context.council, stream(application), _field(section))
    found = [*(_completed(row) for row in completed), *(_drafted(draft) for draft in drafts if draft.text)]
    return sorted(found, key=lambda one: one.written_at)


async def version_text(
    desk: Desk, context: Context, application: str, section: str, settings: Settings, version: str
) -> tuple[Version, str | None]:
    """One version and its text, None once erased. Raises Refused NOT_FOUND."""
    for one in await versions(desk, context, application, section, settings):
        if one.version == version:
            return one, await _text(desk, context.council, one.text)
    raise not_found("There is no such version of this section.")


async def compare(
    desk: Desk, context: Context, application: str, section: str, settings: Settings, earlier: str, later: str
) -> list[Passage]:
    """What changed from one version to another, word by word; nothing of either is left once they are erased."""
    found = {one.version: one for one in await versions(desk, context, application, section, settings)}
    if earlier not in found or later not in found:
        raise not_found("There is no such version of this section.")
    before = await _text(desk, context.council, found[earlier].text)
    after = await _text(desk, context.council, found[later].text)
    return await asyncio.to_thread(difference, before or "", after or "")


async def _writing(desk: Desk, context: Context, application: str) -> Writing:
    async with desk.book.reading(context.council) as reader:
        found = await read.writing_of(reader, application)
    if found is None:
        raise not_found()
    return Writing(**found)


async def _readable(desk: Desk, context: Context, application: str, section: str, settings: Settings) -> None:
    may_read(by(context), await _writing(desk, context, application), section, settings)


async def _text(desk: Desk, council: str, text: Private | None) -> str | None:
    try:
        return None if text is None else await desk.vault.unseal(council, text)
    except Erased:
        return None


def _completed(row: Mapping[str, Any]) -> Version:
    return Version(f"completed-{row['version']}", row["written_by"], row["written_at"], from_sealed_json(row["text"]))


def _drafted(draft: Draft) -> Version:
    return Version(f"draft-{draft.version}", draft.saved_by, draft.saved_at, draft.text)


def _field(section: str) -> str:
    return f"draft.{section}"


def _stale(expected: int, newest: Draft | None) -> Refused:
    """Whose save stands in between, by number, author and moment: the text itself is read like any other content."""
    facts: dict[str, Any] = {"expected": expected, "version": newest.version if newest else 0}
    if newest is not None:
        facts |= {"saved_by": newest.saved_by, "saved_at": newest.saved_at.isoformat()}
    return Refused(
        Kind.STALE_VERSION,
        "STALE_VERSION",
        "Somebody has saved this section since you read it. Read their version, then save yours.",
        facts=facts,
    )

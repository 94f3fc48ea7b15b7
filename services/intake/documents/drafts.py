"""Saving what is being written, as often as it is typed, and comparing what a section has said at different times.

A save is no event: it goes to `ledger.drafts`, sealed, a version each. Completing the section is the event.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from councils.settings import Settings
from edge.calls import Call, VersionedCall
from ledger.codec.sealed import from_sealed_json
from ledger.decider import Kind, Private, Refused, not_found, wrong_state
from ledger.pg.drafts import Draft, Drafts
from ledger.store import CommandReused
from ledger.vault.vault import Erased
from services import settings
from services.intake.applications.decider import stream
from services.intake.documents import read
from services.intake.documents.domain.difference import Passage, difference
from services.intake.documents.domain.drafts import Writing, may_write


@dataclass(frozen=True)
class Version:
    """One thing that a section said: completed (numbered as the application was), or a draft (by its own number)."""

    version: str
    written_by: str
    written_at: datetime
    text: Private | None


async def save(call: VersionedCall, application: str, section: str, text: str) -> Draft:
    """Keep a save of a section that is being written; the same command again gives the same save.

    Raises Refused STALE_VERSION with the newer save's number, author and moment when somebody has saved meanwhile;
    ERASED, and as :func:`services.intake.documents.domain.drafts.may_write`.
    """
    writing = await _writing(call, application)
    may_write(call.by, writing, section, await _settings(call))
    newest = await call.resource(Drafts).version(call.context.council, stream(application), _field(section))
    if newest is not None and newest.command_id == call.context.command_id:
        if await _text(call, newest.text) != text:
            raise CommandReused("This command id was already used with another body.")
        return newest
    expected = call.version
    if expected != (newest.version if newest else 0):
        raise _stale(expected, newest)
    try:
        sealed = await call.vault.seal(
            call.context.council, stream(application), Private(writing.person, text), _field(section)
        )
    except Erased:
        raise wrong_state("ERASED", "What was known of this person has been erased.") from None
    draft = Draft(
        stream(application),
        _field(section),
        expected + 1,
        sealed,
        call.context.actor,
        call.context.received_at,
        call.context.command_id,
    )
    await call.resource(Drafts).save(call.context.council, draft)
    return draft


async def newest(call: Call, application: str, section: str) -> tuple[Draft | None, str | None]:
    """The newest save of a section and its text; None before the first."""
    draft = await call.resource(Drafts).version(call.context.council, stream(application), _field(section))
    return draft, await _text(call, draft.text) if draft else None


async def versions(call: Call, application: str, section: str) -> list[Version]:
    """Everything that a section has said and that is still kept, oldest first."""
    async with call.reading() as reader:
        completed = await read.section_versions(reader, application, section)
    drafts = await call.resource(Drafts).versions(call.context.council, stream(application), _field(section))
    found = [*(_completed(row) for row in completed), *(_drafted(draft) for draft in drafts if draft.text)]
    return sorted(found, key=lambda one: one.written_at)


async def version_text(call: Call, application: str, section: str, version: str) -> tuple[Version, str | None]:
    """One version and its text, None once erased. Raises Refused NOT_FOUND."""
    for one in await versions(call, application, section):
        if one.version == version:
            return one, await _text(call, one.text)
    raise not_found("There is no such version of this section.")


async def compare(call: Call, application: str, section: str, earlier: str, later: str) -> list[Passage]:
    """What changed from one version to another, word by word; nothing of either is left once they are erased."""
    found = {one.version: one for one in await versions(call, application, section)}
    if earlier not in found or later not in found:
        raise not_found("There is no such version of this section.")
    before = await _text(call, found[earlier].text)
    after = await _text(call, found[later].text)
    return await asyncio.to_thread(difference, before or "", after or "")


async def _writing(call: Call, application: str) -> Writing:
    async with call.reading() as reader:
        found = await read.writing_of(reader, application)
    if found is None:
        raise not_found()
    return Writing(**found)


async def _settings(call: Call) -> Settings:
    """Raises Refused SETTINGS_NOT_HERE."""
    async with call.book.reading(call.context.council, shown=False) as reader:
        return await settings.required_in_force(reader, call.context.received_at)


async def _text(call: Call, text: Private | None) -> str | None:
    try:
        return None if text is None else await call.vault.unseal(call.context.council, text)
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

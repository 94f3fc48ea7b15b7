"""What is done to settings: publishing and taking back; and what stands in the way of a draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edge.calls import Call, VersionedCall
from ledger.rows import Outcome
from ledger.unit_of_work import prepared
from services.routing.settings import read
from services.routing.settings.domain.settings import (
    SETTINGS,
    STREAM,
    PublishSettings,
    RetireSettings,
    SettingsEvent,
    SettingsPublished,
    State,
    findings,
)


async def publish_settings(call: Call, command: PublishSettings) -> Outcome:
    """Publish terms as the next version; the answer adds the number and the beginning of what now is newest."""
    return await call.book.carry_out(call.context, SETTINGS, STREAM, prepared(command), answer=_newest)


async def retire_settings(call: VersionedCall, command: RetireSettings) -> Outcome:
    """Take a version back; the answer adds the number and the beginning of what now is newest."""
    return await call.book.carry_out(
        call.context, SETTINGS, STREAM, prepared(command), expected=call.version, answer=_newest
    )


def _newest(state: State, _: Sequence[SettingsEvent]) -> dict[str, Any]:
    return {"settings_version": state.version, "in_force_from": state.in_force_from}


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a draft: where, which code, a sentence, and the row's own name where it is in a table."""

    pointer: str
    code: str
    sentence: str
    row: str | None


async def validate_settings(call: Call, command: PublishSettings) -> list[Finding]:
    """Everything that stands in the way of publishing a draft at that moment; nothing is stored."""
    async with call.reading() as reader:
        versions = await read.published(reader)
    state = SETTINGS.fold(
        SettingsPublished(one["version"], one["in_force_from"], one["settings"], one["digest"], one["published_by"])
        for one in reversed(versions)
    )
    found = findings(command, state, call.context.received_at)
    return [Finding(one.pointer, one.code, one.sentence, _row(command.terms, one.pointer)) for one in found]


def _row(terms: Mapping[str, Any], pointer: str) -> str | None:
    """The id of the decision table's row into which a pointer leads, or None where it leads elsewhere."""
    _, _, table, rules, number, *_ = *pointer.split("/"), "", "", ""
    if rules != "rules" or not number.isdecimal():
        return None
    content = terms.get(table)
    rows = content.get("rules") if isinstance(content, Mapping) else None
    if not isinstance(rows, list) or int(number) >= len(rows) or not isinstance(rows[int(number)], Mapping):
        return None
    name = rows[int(number)].get("_id")
    return name if isinstance(name, str) else None

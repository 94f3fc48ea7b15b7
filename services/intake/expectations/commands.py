"""Who is expected at a sitting, compared now, and the alarm about those who were not received by its cut-off."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from councils.calendar import cut_off
from councils.settings import Settings
from ledger.book import Book
from ledger.decider import Acting, rule_broken
from ledger.rows import Context, Outcome
from ledger.store import Reader
from ledger.unit_of_work import UnitOfWork
from services import settings
from services.intake.expectations.domain import expected
from services.intake.expectations.domain.expected import EXPECTED, NoticeNotReceived
from services.intake.expectations.read import awaited, expected_at, sittings_awaited


@dataclass(frozen=True)
class Expectations:
    """Who is expected at a sitting and what was received, beside its cut-off and when the chair was told."""

    forum: str
    sitting_on: date
    cut_off_at: datetime
    expected: list[dict[str, Any]]
    noticed_at: datetime | None


async def expectations(reader: Reader, sitting_on: date, at: datetime) -> Expectations:
    """The list for one sitting, compared now. Raises Refused SITTING_NOT_ASKED_FOR, SETTINGS_NOT_HERE."""
    in_force = await settings.required_in_force(reader, at)
    if in_force.submitted_to is None:
        raise rule_broken("SITTING_NOT_ASKED_FOR", "This council names no sitting at submission.")
    forum = in_force.submitted_to
    found, noticed_at = await expected_at(reader, forum, sitting_on, in_force.expected.counts)
    return Expectations(forum, sitting_on, cut_off(in_force.forums[forum], sitting_on), found, noticed_at)


async def overdue_sittings(reader: Reader, at: datetime) -> tuple[list[tuple[str, date, datetime]], datetime | None]:
    """Sittings whose cut-off, which is named, has passed with something missing of which nobody was told yet.

    And the next moment at which there may be more: a later cut-off, or other settings that come into force.
    """
    in_force, turns = await settings.in_force(reader, at), await settings.turn_at(reader, at)
    if in_force is None:
        return [], turns
    awaited = await sittings_awaited(reader, in_force.expected.counts)
    cut_offs = {(forum, on): cut_off(in_force.forums[forum], on) for forum, on in awaited if forum in in_force.forums}
    to_come = [moment for moment in (turns, *cut_offs.values()) if moment is not None and moment >= at]
    passed = [(forum, on, moment) for (forum, on), moment in cut_offs.items() if moment < at]
    return passed, min(to_come, default=None)


async def notice_not_received(
    book: Book, context: Context, forum: str, sitting_on: date, cut_off_at: datetime
) -> Outcome:
    """Record, once, who was expected at a sitting and had not been received at its cut-off.

    The cut-off is the one that passed: settings that came into force since may not even have that forum.
    """

    async def prepare(unit: UnitOfWork, _: expected.Noticed) -> tuple[NoticeNotReceived, Acting[Settings]]:
        in_force = await settings.required_in_force(unit, context.received_at)
        found, _noticed = await expected_at(unit, forum, sitting_on, in_force.expected.counts)
        command = NoticeNotReceived(forum, sitting_on, cut_off_at, tuple(map(awaited, found)))
        return command, unit.acting(in_force)

    return await book.carry_out(context, EXPECTED, expected.stream(forum, sitting_on), prepare)

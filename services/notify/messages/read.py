"""Messages as they are listed: what was sent, and what waits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ledger.recorded import Decided, Recorded
from ledger.rows import Change
from ledger.store import Reader
from services.notify.messages.domain.message import MessageFailed, MessageGivenUp, MessageSent, MessageWanted


def project(recorded: Recorded) -> Sequence[Change]:
    """The statements that keep the list of messages in step with one row."""
    match recorded:
        case Decided(row, MessageWanted() as wanted):
            return [
                Change(
                    "insert into read.message (council, message, letter, application, officer, state, attempts,"
                    " due_at, wanted_at) values ($1, $2, $3, $4, $5, 'wanted', 0, $6, $6)",
                    (wanted.message, wanted.letter, wanted.application, wanted.officer, row.received_at),
                )
            ]
        case Decided(_, MessageSent() as sent):
            return [
                Change(
                    "update read.message set state = 'sent', attempts = $3, sent_at = $4, message_id = $5"
                    " where council = $1 and message = $2",
                    (sent.message, sent.attempt, sent.sent_at, sent.message_id),
                )
            ]
        case Decided(_, MessageFailed() as failed):
            return [
                Change(
                    "update read.message set attempts = $3, due_at = $4 where council = $1 and message = $2",
                    (failed.message, failed.attempt, failed.again_at),
                )
            ]
        case Decided(_, MessageGivenUp() as given_up):
            return [
                Change(
                    "update read.message set state = 'given_up' where council = $1 and message = $2",
                    (given_up.message,),
                )
            ]
        case _:
            return []


async def oldest_waiting(reader: Reader) -> dict[str, datetime | None]:
    """Since when the oldest wanted message has waited to be sent."""
    found = await reader.fetch(
        "select min(wanted_at) as since from read.message where council = $1 and state = 'wanted'"
    )
    return {"wanted_to_sent": found[0]["since"]}


async def messages(reader: Reader, application: str | None = None) -> list[dict[str, Any]]:
    """What was sent and what waits, newest first; no content and no address."""
    found = await reader.fetch(
        "select message, letter, application, officer, state, attempts, due_at, wanted_at, sent_at, message_id"
        " from read.message where council = $1 and ($2::text is null or application = $2)"
        " order by wanted_at desc, message limit 500",
        application,
    )
    return [dict(row) for row in found]

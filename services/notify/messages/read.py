"""Messages as they are listed: what was sent, and what waits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from edge.need_to_know import Whose, narrowed
from ledger.changes import Change, Table
from ledger.recorded import Decided, Recorded
from ledger.store import Reader
from services.notify.messages.domain.message import MessageFailed, MessageGivenUp, MessageSent, MessageWanted

MESSAGE = Table("read.message", key=("message",))


def project(recorded: Recorded) -> Sequence[Change]:
    """The changes that keep the list of messages in step with one row."""
    match recorded:
        case Decided(row, MessageWanted() as wanted):
            return [
                MESSAGE.row(wanted.message).insert(
                    letter=wanted.letter,
                    application=wanted.application,
                    officer=wanted.officer,
                    state="wanted",
                    attempts=0,
                    due_at=row.received_at,
                    wanted_at=row.received_at,
                )
            ]
        case Decided(_, MessageSent() as sent):
            return [
                MESSAGE.row(sent.message).set(
                    state="sent", attempts=sent.attempt, sent_at=sent.sent_at, message_id=sent.message_id
                )
            ]
        case Decided(_, MessageFailed() as failed):
            return [MESSAGE.row(failed.message).set(attempts=failed.attempt, due_at=failed.again_at)]
        case Decided(_, MessageGivenUp() as given_up):
            return [MESSAGE.row(given_up.message).set(state="given_up")]
        case _:
            return []


async def oldest_waiting(reader: Reader) -> dict[str, datetime | None]:
    """Since when the oldest wanted message has waited to be sent."""
    found = await reader.fetch(
        "select min(wanted_at) as since from read.message where council = $1 and state = 'wanted'"
    )
    return {"wanted_to_sent": found[0]["since"]}


async def messages(reader: Reader, application: str | None = None, mine: Whose | None = None) -> list[dict[str, Any]]:
    """What was sent and what waits, newest first; no content and no address."""
    found = await reader.fetch(
        "select message, letter, application, officer, state, attempts, due_at, wanted_at, sent_at, message_id"
        " from read.message message where council = $1 and ($2::text is null or application = $2)"
        " and ($3::text is null or officer = $3 or exists (select"
        " from read.application asked where asked.council = $1 and asked.application = message.application"
        " and ($3 in (originator, team_manager, service_manager) or team = $4 or service = $5)))"
        " order by wanted_at desc, message limit 500",
        application,
        *narrowed(mine),
    )
    return [dict(row) for row in found]

"""Messages as they are listed: what was sent, and what waits."""

from collections.abc import Sequence
from datetime import datetime

from ledger.changes import Change, Table
from ledger.listing import Listing
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


MESSAGES = Listing(
    "read.message",
    "message, letter, application, officer, state, attempts, due_at, wanted_at, sent_at, message_id",
    (("wanted_at", "timestamptz"), ("message", "text")),
    newest_first=True,
    narrow={
        "message": "message = {}",
        "application": "application = {}",
        "letter": "letter = {}",
        "state": "state = {}",
        "officer": "officer = {}",
        "team": "exists (select from read.application asked where asked.council = $1"
        " and asked.application = listed.application and asked.team = {})",
        "since": "wanted_at >= {}",
        "until": "wanted_at < {}",
    },
    own="officer = {actor} or exists (select from read.application asked where asked.council = $1"
    " and asked.application = listed.application and ({actor} in (originator, team_manager, service_manager)"
    " or team = {team} or service = {service}))",
)
"""What was sent and what waits, newest first; no content and no address."""

"""The names under which notify's events are stored. Append to it; never edit a released line."""

from ledger.codec.codec import stored
from services.notify.messages.domain.message import MessageFailed, MessageGivenUp, MessageSent, MessageWanted
from services.notify.tasks.domain.task import PartyTakenOut, TaskDone, TaskOpened

STORED = (
    stored("notify.message.wanted", 1, MessageWanted),
    stored("notify.message.sent", 1, MessageSent),
    stored("notify.message.failed", 1, MessageFailed),
    stored("notify.message.given_up", 1, MessageGivenUp),
    stored("notify.task.opened", 1, TaskOpened),
    stored("notify.task.done", 1, TaskDone),
    stored("notify.task.party_taken_out", 1, PartyTakenOut),
)

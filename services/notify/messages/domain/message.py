"""The stream `message-<id>`: one message that must reach someone is wanted, then sent, or failed until it is given up.

What a message says is not kept as text. It names a letter of :mod:`services.notify.letters.wording`, the plain facts
that letter needs, and the sealed words it quotes; they meet only while it is being sent, so that destroying a
person's key destroys every copy (DESIGN.md §4).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from ledger.decider import Acting, Decider, Private, rule_broken, wrong_state

ATTEMPTS = 6
"""How often a message is tried before it is given up and somebody must tell the recipient another way."""

FIRST_RETRY = timedelta(minutes=1)
"""Waited after the first failure; each later wait is twice the one before."""

ERASED = "ERASED"
"""Why a message to somebody whose key was destroyed is given up: nobody is left to be told."""


TAKEN_OUT = "TAKEN_OUT"
"""Why a message to somebody who was named in error is given up: it is not theirs to read."""


# --- Events ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MessageWanted:
    """Somebody must be told something. ``officer`` is looked up when it is sent; a person's address is sealed."""

    message: str
    letter: str
    application: str
    because_of: str
    officer: str | None
    address: Private | None
    facts: dict[str, str]
    quoted: dict[str, tuple[Private, ...]]


@dataclass(frozen=True)
class MessageSent:
    """The mail server took it. ``evidence`` is the server's reply, ``content`` a keyed digest of the bytes sent."""

    message: str
    message_id: str
    attempt: int
    evidence: str
    content: str
    sent_at: datetime


@dataclass(frozen=True)
class MessageFailed:
    """The mail server did not take it; it is tried again at ``again_at``."""

    message: str
    attempt: int
    reason: str
    again_at: datetime


@dataclass(frozen=True)
class MessageGivenUp:
    """It will not be tried again: the recipient must be told another way, unless their key was destroyed (ERASED)."""

    message: str
    attempts: int
    reason: str


Event = MessageWanted | MessageSent | MessageFailed | MessageGivenUp


# --- State ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """What the rules need to know of a message."""

    id: str = ""
    application: str = ""
    because_of: str = ""
    officer: str | None = None
    person: str | None = None
    attempts: int = 0
    sent: bool = False
    given_up: bool = False


def evolve(state: Message, event: Event) -> Message:
    """Fold one event."""
    match event:
        case MessageWanted():
            return replace(
                state,
                id=event.message,
                application=event.application,
                because_of=event.because_of,
                officer=event.officer,
                person=event.address.person if event.address else None,
            )
        case MessageSent():
            return replace(state, sent=True, attempts=event.attempt)
        case MessageFailed():
            return replace(state, attempts=event.attempt)
        case MessageGivenUp():
            return replace(state, given_up=True)
        case _:
            assert_never(event)


# --- Commands and their rules ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class WantMessage:
    """Ask for a message once; asking again for the same one changes nothing."""

    message: str
    letter: str
    application: str
    because_of: str
    officer: str | None
    address: Private | None
    facts: dict[str, str]
    quoted: dict[str, tuple[Private, ...]]


def want_message(command: WantMessage, state: Message) -> Sequence[Event]:
    """A message goes to an officer or to an address."""
    if state.id:
        return []
    if command.officer is None and command.address is None:
        raise rule_broken("NO_RECIPIENT", "A message needs an officer or an address to go to.")
    return [
        MessageWanted(
            command.message,
            command.letter,
            command.application,
            command.because_of,
            command.officer,
            command.address,
            command.facts,
            command.quoted,
        )
    ]


@dataclass(frozen=True)
class NoteSent:
    """The mail server said yes."""

    message_id: str
    evidence: str
    content: str


def note_sent(command: NoteSent, state: Message, at: datetime) -> Sequence[Event]:
    """A second yes after a crash changes nothing."""
    _must_be_open(state)
    if state.sent:
        return []
    return [MessageSent(state.id, command.message_id, state.attempts + 1, command.evidence, command.content, at)]


@dataclass(frozen=True)
class NoteFailed:
    """The mail server said no, or could not be reached. ``permanent`` is its own word that it never will."""

    reason: str
    permanent: bool


def note_failed(command: NoteFailed, state: Message, at: datetime) -> Sequence[Event]:
    """Tried again after twice the wait before, until the last try or a final no gives the message up."""
    _must_be_open(state)
    if state.sent:
        return []
    attempt = state.attempts + 1
    failed = MessageFailed(state.id, attempt, command.reason, at + FIRST_RETRY * 2 ** (attempt - 1))
    if command.permanent or attempt >= ATTEMPTS:
        return [failed, MessageGivenUp(state.id, attempt, command.reason)]
    return [failed]


@dataclass(frozen=True)
class StopMessage:
    """Somebody does not belong to the application: what was not sent to them is not sent."""

    person: str


def stop_message(command: StopMessage, state: Message) -> Sequence[Event]:
    """Given up before the next try, if it goes to them and is still to be sent."""
    if state.sent or state.given_up or state.person != command.person:
        return []
    return [MessageGivenUp(state.id, state.attempts, TAKEN_OUT)]


def _must_be_open(state: Message) -> None:
    if not state.id:
        raise wrong_state("MESSAGE_NOT_WANTED", "Nobody has asked for this message.")
    if state.given_up:
        raise wrong_state("MESSAGE_GIVEN_UP", "This message was given up; tell the recipient another way.")


# --- The decider ----------------------------------------------------------------------------------------------


Command = WantMessage | NoteSent | NoteFailed | StopMessage


def decide(command: Command, state: Message, acting: Acting[None]) -> Sequence[Event]:
    """What follows from a command, or why it is refused."""
    match command:
        case WantMessage():
            return want_message(command, state)
        case NoteSent():
            return note_sent(command, state, acting.at)
        case NoteFailed():
            return note_failed(command, state, acting.at)
        case StopMessage():
            return stop_message(command, state)
        case _:
            assert_never(command)


MESSAGE: Decider[Command, Message, Event] = Decider(Message(), evolve, decide)

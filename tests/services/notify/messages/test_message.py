"""What must reach somebody, and what is recorded of every try."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ledger.decider import Private
from services.notify.messages.domain.message import (
    ATTEMPTS,
    MESSAGE,
    MessageFailed,
    MessageGivenUp,
    MessageSent,
    MessageWanted,
    NoteFailed,
    NoteSent,
    WantMessage,
)
from tests.scenario import given
from tests.services.notify.acting import acting

AT = datetime(2026, 10, 13, 12, tzinfo=UTC)
ACTING = acting(AT, role="service")
WANT = WantMessage("m-1", "decision_recorded", "a-1", "e-1", "officer-1", None, {"task": "yes"}, {})
WANTED = MessageWanted("m-1", "decision_recorded", "a-1", "e-1", "officer-1", None, {"task": "yes"}, {})


def failed(attempt: int, after: timedelta) -> MessageFailed:
    return MessageFailed("m-1", attempt, "SMTP_451", AT + after)


def test_a_message_is_wanted_once() -> None:
    given(MESSAGE).when(WANT, ACTING).then(WANTED)


def test_wanting_the_same_message_again_changes_nothing() -> None:
    given(MESSAGE, WANTED).when(WANT, ACTING).then_nothing()


def test_a_message_to_nobody_is_refused() -> None:
    given(MESSAGE).when(replace(WANT, officer=None), ACTING).then_refused("NO_RECIPIENT")


def test_a_person_is_written_to_at_a_sealed_address() -> None:
    address = Private("p-1", None, "v1.k.box", "application-a-1", "contact_email")
    wanted = replace(WANTED, officer=None, address=address)
    given(MESSAGE).when(replace(WANT, officer=None, address=address), ACTING).then(wanted)


def test_the_servers_yes_is_kept_as_evidence() -> None:
    note = NoteSent("<m-1@panelbook>", "250 OK", "ab12")
    given(MESSAGE, WANTED).when(note, ACTING).then(MessageSent("m-1", "<m-1@panelbook>", 1, "250 OK", "ab12", AT))


def test_a_second_yes_after_a_crash_changes_nothing() -> None:
    sent = MessageSent("m-1", "<m-1@panelbook>", 1, "250 OK", "ab12", AT)
    given(MESSAGE, WANTED, sent).when(NoteSent("<m-1@panelbook>", "250 OK", "ab12"), ACTING).then_nothing()


def test_a_passing_failure_is_tried_again_after_twice_the_wait() -> None:
    note = NoteFailed("SMTP_451", permanent=False)
    given(MESSAGE, WANTED).when(note, ACTING).then(failed(1, timedelta(minutes=1)))
    given(MESSAGE, WANTED, failed(1, timedelta(minutes=1))).when(note, ACTING).then(failed(2, timedelta(minutes=2)))


def test_a_permanent_failure_is_given_up_at_once() -> None:
    note = NoteFailed("SMTP_451", permanent=True)
    given(MESSAGE, WANTED).when(note, ACTING).then(
        failed(1, timedelta(minutes=1)), MessageGivenUp("m-1", 1, "SMTP_451")
    )


def test_the_last_failure_gives_the_message_up() -> None:
    before = [failed(attempt, timedelta()) for attempt in range(1, ATTEMPTS)]
    given(MESSAGE, WANTED, *before).when(NoteFailed("SMTP_451", permanent=False), ACTING).then(
        failed(ATTEMPTS, timedelta(minutes=2 ** (ATTEMPTS - 1))), MessageGivenUp("m-1", ATTEMPTS, "SMTP_451")
    )


def test_nothing_is_noted_of_a_message_nobody_wanted() -> None:
    given(MESSAGE).when(NoteSent("<x@y>", "250", ""), ACTING).then_refused("MESSAGE_NOT_WANTED")


def test_a_message_that_was_given_up_stays_so() -> None:
    given(MESSAGE, WANTED, MessageGivenUp("m-1", 1, "SMTP_550")).when(
        NoteFailed("SMTP_451", permanent=False), ACTING
    ).then_refused("MESSAGE_GIVEN_UP")

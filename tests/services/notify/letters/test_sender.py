"""Sending over a real SMTP server: once each, again after a passing failure, never again after a final one."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mail import LocalMail
from deploy.local.processes import free_port
from ledger.codec.sealed import sealed_json
from ledger.decider import Private
from ledger.rows import Row
from services.notify.letters.envelope import Enclosed, Mailbox, Post, smtp_post
from services.notify.letters.sender import GIVEN_UP, Sender
from services.notify.main import SERVICE
from services.notify.messages.domain.message import MessageFailed, MessageGivenUp, MessageSent
from tests.databases import Databases
from tests.services.house import SWINDON, ServiceHouse, open_house
from tests.services.notify.hearing import (
    ADDRESS,
    APPLICATION,
    DECIDED,
    MANAGER,
    NAME,
    NEEDED,
    PERSON,
    REASON,
    WORKER,
    appointed,
    decision,
    listed,
    submission_heard,
)

pytestmark = pytest.mark.connected


@pytest.fixture
async def house(databases: Databases, tmp_path: Path) -> AsyncIterator[ServiceHouse]:
    async with open_house(SERVICE, databases, tmp_path) as house:
        await submission_heard(house)
        yield house


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[LocalMail]:
    server = LocalMail(tmp_path / "mail", say=lambda _: None)
    server.start()
    yield server
    server.stop()


class Grudging:
    """A mail server that refuses some recipients for good and puts off some content; keeps what it takes."""

    def __init__(self) -> None:
        self.port = free_port()
        self.unknown: set[str] = set()
        self.put_off = 0
        self.answer = "250 2.0.0 queued"
        self.taken: list[tuple[str, bytes]] = []
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _: Any) -> str:
        if address in self.unknown:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.put_off:
            self.put_off -= 1
            return "451 4.7.1 try again later"
        assert isinstance(envelope.content, bytes)
        self.taken.append((envelope.rcpt_tos[0], envelope.content))
        return self.answer

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def grudging() -> Iterator[Grudging]:
    server = Grudging()
    server.start()
    yield server
    server.stop()


def sender(house: ServiceHouse, port: int, post: Post | None = None) -> Sender:
    mailbox = Mailbox("127.0.0.1", port, "panelbook@council.example", "council.example")
    return Sender(
        book=house.host.book,
        vault=house.host.vault,
        post=post or smtp_post(mailbox),
        mailbox=mailbox,
        base_url="http://panelbook",
        now=house.clock.now,
    )


async def tries(house: ServiceHouse) -> list[Any]:
    """What was recorded of every try, oldest first."""
    events = [house.host.book.codec.decode_row(row) for row in await house.stored() if row.kind == "decided"]
    return [event for event in events if isinstance(event, MessageSent | MessageFailed | MessageGivenUp)]


async def person_only(house: ServiceHouse, **changes: Any) -> str:
    """One wanted message, to the person; the officers of the decision are appointed nowhere. Returns its id."""
    await house.hear(DECIDED, await decision(house, **changes))
    (message,) = [one for one in await listed(house, "messages") if one["letter"] == "outcome_to_person"]
    return message["message"]


def states(messages: list[dict[str, Any]]) -> dict[str, str]:
    return {one["officer"] or PERSON: one["state"] for one in messages}


async def test_everybody_gets_their_letter_once(house: ServiceHouse, mail: LocalMail) -> None:
    await appointed(house, WORKER, "worker@council.example")
    await appointed(house, MANAGER, "manager@council.example")
    await house.hear(DECIDED, await decision(house))
    post = sender(house, mail.port)
    assert await post.send_due(SWINDON) == 3
    assert await post.send_due(SWINDON) == 0
    received = {str(one["X-RcptTo"]): one for one in mail.messages()}
    assert set(received) == {"worker@council.example", "manager@council.example", ADDRESS}
    assert len(mail.messages()) == 3
    for address in ("worker@council.example", "manager@council.example"):
        text = received[address].get_content()
        assert f"http://panelbook/panel/councils/{SWINDON}/decisions/{APPLICATION}" in text
        assert not any(word in str(received[address]) + text for word in (NAME, "Larkspur", REASON, NEEDED))
    letter = received[ADDRESS].get_content().replace("\r\n", "\n")
    assert f"Dear {NAME}," in letter
    assert f"  - {REASON}\n" in letter
    assert f"  - {NEEDED}\n" in letter
    assert letter.rstrip().endswith("Swindon Borough Council")


async def test_what_was_sent_is_recorded_with_evidence_and_a_digest(house: ServiceHouse, mail: LocalMail) -> None:
    message = await person_only(house)
    house.clock.advance(timedelta(minutes=3))
    await sender(house, mail.port).send_due(SWINDON)
    (sent,) = await tries(house)
    assert (sent.message, sent.attempt, sent.sent_at) == (message, 1, house.clock.now())
    assert sent.message_id == f"<{message}@council.example>"
    (received,) = mail.messages()
    assert received["Message-ID"] == sent.message_id
    assert sent.evidence.startswith("OK") or sent.evidence.startswith("Ok")
    assert len(bytes.fromhex(sent.content)) == 32
    assert states(await listed(house, "messages"))[PERSON] == "sent"


async def test_a_crash_after_the_servers_yes_sends_the_same_message_id_and_is_recorded_once(
    house: ServiceHouse, mail: LocalMail
) -> None:
    await person_only(house)
    real = smtp_post(Mailbox("127.0.0.1", mail.port, "panelbook@council.example", "council.example"))

    async def power_cut(enclosed: Enclosed) -> str:
        await real(enclosed)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await sender(house, mail.port, power_cut).send_due(SWINDON)
    assert await tries(house) == []
    await sender(house, mail.port).send_due(SWINDON)
    await sender(house, mail.port).send_due(SWINDON)
    first, second = mail.messages()
    assert first["Message-ID"] == second["Message-ID"]
    (sent,) = await tries(house)
    assert (sent.attempt, sent.message_id) == (1, first["Message-ID"])


async def test_a_message_put_off_is_tried_again_when_its_time_has_come(house: ServiceHouse, grudging: Grudging) -> None:
    await person_only(house)
    grudging.put_off = 2
    post = sender(house, grudging.port)
    assert await post.send_due(SWINDON) == 1
    (failed,) = await tries(house)
    assert (failed.reason, failed.again_at) == ("SMTP_451", house.clock.now() + timedelta(minutes=1))
    house.clock.advance(timedelta(seconds=59))
    assert await post.send_due(SWINDON) == 0
    house.clock.advance(timedelta(seconds=1))
    assert await post.send_due(SWINDON) == 1
    house.clock.advance(timedelta(minutes=2))
    assert await post.send_due(SWINDON) == 1
    assert [type(one).__name__ for one in await tries(house)] == ["MessageFailed", "MessageFailed", "MessageSent"]
    assert len(grudging.taken) == 1


async def test_a_refused_recipient_is_given_up_at_once(house: ServiceHouse, grudging: Grudging) -> None:
    await person_only(house)
    grudging.unknown = {ADDRESS}
    await sender(house, grudging.port).send_due(SWINDON)
    failed, given_up = await tries(house)
    assert isinstance(failed, MessageFailed)
    assert isinstance(given_up, MessageGivenUp)
    assert (given_up.attempts, given_up.reason) == (1, "SMTP_550")
    assert states(await listed(house, "messages"))[PERSON] == "given_up"
    house.clock.advance(timedelta(days=1))
    assert await sender(house, grudging.port).send_due(SWINDON) == 0


def given_up_so_far(letter: str) -> float:
    return GIVEN_UP.labels(letter)._value.get()


async def test_a_letter_given_up_opens_a_task_to_tell_the_person_another_way(
    house: ServiceHouse, grudging: Grudging
) -> None:
    """I3: the worker tells the person in another way, and it is counted."""
    before = given_up_so_far("outcome_to_person")
    await person_only(house)
    grudging.unknown = {ADDRESS}
    await sender(house, grudging.port).send_due(SWINDON)
    opened = [one for one in await listed(house, "tasks") if one["kind"] == "TELL_ANOTHER_WAY"]
    assert [(one["owner"], one["parties"], one["application"]) for one in opened] == [(WORKER, [PERSON], APPLICATION)]
    assert given_up_so_far("outcome_to_person") == before + 1


async def test_a_letter_to_the_worker_given_up_is_the_managers_to_tell(house: ServiceHouse, grudging: Grudging) -> None:
    """I3: nobody is asked to tell themselves."""
    await house.hear(DECIDED, await decision(house, contact_email=None))
    await appointed(house, WORKER, "worker@council.example")
    grudging.unknown = {"worker@council.example"}
    await sender(house, grudging.port).send_due(SWINDON)
    opened = [one for one in await listed(house, "tasks") if one["kind"] == "TELL_ANOTHER_WAY"]
    assert [(one["owner"], one["parties"]) for one in opened] == [(MANAGER, [WORKER])]


async def test_an_address_that_is_none_is_not_tried_six_times(house: ServiceHouse, mail: LocalMail) -> None:
    """I3: a fault that will never pass is given up at once."""
    await house.hear(DECIDED, await decision(house, contact_email=None))
    await appointed(house, WORKER, "mailto:worker@council.example, b@council.example")
    await sender(house, mail.port).send_due(SWINDON)
    failed, given_up = await tries(house)
    assert (failed.reason, type(given_up), given_up.attempts) == ("NO_ADDRESS", MessageGivenUp, 1)


async def test_a_mail_server_that_is_away_is_tried_again(house: ServiceHouse) -> None:
    await person_only(house)
    await sender(house, free_port()).send_due(SWINDON)
    (failed,) = await tries(house)
    assert isinstance(failed, MessageFailed)
    assert failed.reason == "SMTPConnectError"


async def test_the_servers_answer_is_kept_without_addresses(house: ServiceHouse, grudging: Grudging) -> None:
    await person_only(house)
    grudging.answer = f"250 2.0.0 <{ADDRESS}> queued as 42 {'x' * 400}"
    await sender(house, grudging.port).send_due(SWINDON)
    (sent,) = await tries(house)
    assert sent.evidence.startswith("2.0.0 (address) queued as 42 x")
    assert len(sent.evidence) == 200


async def test_nobody_writes_to_an_erased_person(house: ServiceHouse, mail: LocalMail) -> None:
    await person_only(house)
    await house.host.vault.destroy(SWINDON, PERSON)
    await sender(house, mail.port).send_due(SWINDON)
    _, given_up = await tries(house)
    assert (type(given_up), given_up.reason) == (MessageGivenUp, "ERASED")
    assert mail.messages() == []


async def test_a_message_to_an_officer_not_yet_appointed_stays_wanted(house: ServiceHouse, mail: LocalMail) -> None:
    await house.hear(DECIDED, await decision(house, contact_email=None))
    post = sender(house, mail.port)
    assert await post.send_due(SWINDON) == 0
    await appointed(house, MANAGER, "manager@council.example")
    assert await post.send_due(SWINDON) == 1
    assert states(await listed(house, "messages")) == {WORKER: "wanted", MANAGER: "sent"}


async def test_messages_that_must_wait_hold_up_no_other(house: ServiceHouse, mail: LocalMail) -> None:
    for _ in range(11):
        await house.hear(DECIDED, await decision(house, contact_email=None))
    house.clock.advance(timedelta(minutes=1))
    await person_only(house)
    assert await sender(house, mail.port).send_due(SWINDON) == 1
    assert len(mail.messages()) == 1


@pytest.mark.parametrize("address", ["two\nlines@home.example", "", "no address", "a@home.example, b@home.example"])
async def test_a_message_that_cannot_be_made_holds_up_no_other(
    house: ServiceHouse, mail: LocalMail, address: str
) -> None:
    await appointed(house, WORKER, address)
    await appointed(house, MANAGER, "manager@council.example")
    await house.hear(DECIDED, await decision(house, contact_email=None))
    post = sender(house, mail.port)
    assert await post.send_due(SWINDON) == 2
    assert states(await listed(house, "messages")) == {WORKER: "given_up", MANAGER: "sent"}
    assert len(mail.messages()) == 1
    assert await post.send_due(SWINDON) == 0


async def test_words_that_do_not_open_hold_up_no_other(house: ServiceHouse, mail: LocalMail) -> None:
    moved = await house.host.vault.seal(SWINDON, "decision-1", Private(PERSON, "Moved."), "reasons.0")
    forged = sealed_json(replace(moved, stream="decision-2"))
    await appointed(house, MANAGER, "manager@council.example")
    await house.hear(DECIDED, await decision(house, reasons=[forged]))
    assert await sender(house, mail.port).send_due(SWINDON) == 2
    assert states(await listed(house, "messages")) == {WORKER: "wanted", MANAGER: "sent", PERSON: "wanted"}
    failed = next(one for one in await tries(house) if isinstance(one, MessageFailed))
    assert failed.reason == "NotOpened"


async def test_what_is_sent_keeps_the_correlation_of_what_called_for_it(house: ServiceHouse, mail: LocalMail) -> None:
    await person_only(house)
    await sender(house, mail.port).send_due(SWINDON)
    rows: dict[str, Row] = {row.name: row for row in await house.stored() if row.kind == "decided"}
    sent, wanted = rows["notify.message.sent"], rows["notify.message.wanted"]
    assert sent.correlation_id == wanted.correlation_id
    assert (sent.actor, sent.role) == ("service:notify", "service")


async def test_two_senders_at_once_record_one_outcome(house: ServiceHouse, grudging: Grudging) -> None:
    await person_only(house)
    grudging.unknown = {ADDRESS}
    other = sender(house, grudging.port)
    real = smtp_post(other.mailbox)

    async def overtaken(enclosed: Enclosed) -> str:
        await other.send_due(SWINDON)
        return await real(enclosed)

    await sender(house, grudging.port, overtaken).send_due(SWINDON)
    assert [type(one).__name__ for one in await tries(house)] == ["MessageFailed", "MessageGivenUp"]

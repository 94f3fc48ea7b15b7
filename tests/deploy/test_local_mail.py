"""The local mail server takes real SMTP and keeps what it took."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from deploy.local.mail import LocalMail, read_messages
from deploy.local.processes import RuntimeProblem


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[LocalMail]:
    server = LocalMail(tmp_path / "mail", say=lambda _: None)
    server.start()
    yield server
    server.stop()


def _message(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "panel@council.example", "parent@home.example", subject
    message.set_content("The panel agreed £412.50 a week.")
    return message


async def test_messages_are_kept_whole_and_in_order(mail: LocalMail) -> None:
    for number in range(12):
        await aiosmtplib.send(_message(f"Decision {number}"), hostname=mail.host, port=mail.port)
    assert [message["Subject"] for message in mail.messages()] == [f"Decision {number}" for number in range(12)]
    assert "£412.50" in mail.messages()[0].get_content()
    assert mail.messages()[0]["X-RcptTo"] == "parent@home.example"


async def test_messages_outlive_the_server_and_are_for_its_owner_only(mail: LocalMail) -> None:
    await aiosmtplib.send(_message("Kept"), hostname=mail.host, port=mail.port)
    mail.stop()
    assert [message["Subject"] for message in read_messages(mail.folder)] == ["Kept"]
    assert mail.folder.stat().st_mode & 0o077 == 0


def test_a_taken_port_is_named(mail: LocalMail, tmp_path: Path) -> None:
    with pytest.raises(RuntimeProblem, match=f"cannot listen on 127.0.0.1:{mail.port}"):
        LocalMail(tmp_path / "second", port=mail.port, say=lambda _: None).start()

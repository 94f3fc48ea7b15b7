"""Why a connection to Kafka failed, in words that tell a wrong password from a broker that is away."""

from dataclasses import replace

import pytest

from bus.access import BrokerUnreachable, KafkaAccess, WrongPassword
from deploy.local.processes import free_port
from tests.bus.conftest import Stage, eventually, running

pytestmark = pytest.mark.connected


async def test_a_consumer_with_a_wrong_password_says_so(stage: Stage):
    panel = await stage.service("panel")
    await stage.topics("intake.events")
    stage.access = replace(stage.access, password="wrong")
    with pytest.raises(WrongPassword, match=f"refused the password of principal {stage.access.username}"):
        await stage.consumer(panel).run()


async def test_a_relay_with_a_wrong_password_says_so_and_goes_on_trying(
    stage: Stage, capsys: pytest.CaptureFixture[str]
):
    intake = await stage.service("intake")
    stage.access = replace(stage.access, password="wrong")
    said = ""

    async def told() -> bool:
        nonlocal said
        said += capsys.readouterr().out
        return said.count("WrongPassword") >= 2

    async with running(stage.relay(intake).run()):
        await eventually(told, "it has said so twice")
    assert "refused the password of principal" in said
    assert "'wrong'" not in said


async def test_a_broker_that_is_away_is_no_wrong_password(stage: Stage):
    panel = await stage.service("panel")
    stage.access = KafkaAccess(f"127.0.0.1:{free_port([])}", "panel", "secret")
    with pytest.raises(BrokerUnreachable, match="No Kafka broker answers"):
        await stage.consumer(panel).run()


def test_a_password_is_not_shown_with_its_access():
    assert "secret" not in repr(KafkaAccess("127.0.0.1:9092", "panel", "secret"))

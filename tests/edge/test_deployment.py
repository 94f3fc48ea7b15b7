"""A deployment is read once, refused with every fault at once, and production refuses what only a demo may have."""

import base64
from pathlib import Path

import pytest

from edge.clock import SystemClock, clock_of, settable_clock
from edge.deployment import Deployment, from_environment
from edge.issuer import built_in_issuer, issuer_router
from ledger.decider import Refused

KEY = base64.b64encode(bytes(range(32))).decode()
PRODUCTION = {
    "PANELBOOK_MODE": "production",
    "PANELBOOK_BASE_URL": "https://panelbook.invalid/",
    "PANELBOOK_ISSUER": "https://sign-in.invalid",
    "PANELBOOK_JWKS_URL": "https://sign-in.invalid/jwks",
}


def faults(env: dict[str, str]) -> dict[str, str]:
    """Which variables are refused, and with which code."""
    with pytest.raises(Refused, match="NOT_CONFIGURED") as refused:
        from_environment(env)
    return {one.pointer.removeprefix("PANELBOOK_"): one.code for one in refused.value.failing}


def demo(tmp_path: Path, **more: str) -> Deployment:
    """A demo with a clock and an issuer of its own."""
    env = {
        "MODE": "demo",
        "CLOCK_FILE": str(tmp_path / "clock.json"),
        "ISSUER_FOLDER": str(tmp_path / "issuer"),
        **more,
    }
    return from_environment({f"PANELBOOK_{name}": value for name, value in env.items()})


def test_a_forgotten_mode_is_production_and_names_everything_that_is_missing() -> None:
    assert faults({}) == {"BASE_URL": "REQUIRED", "ISSUER": "REQUIRED", "JWKS_URL": "REQUIRED"}


def test_every_fault_is_told_at_once() -> None:
    env = {
        "MODE": "play",
        "VAULT_KEY": "c2hvcnQ=",
        "SMTP": "mail",
        "JWKS_URL": "http://a",
        "BASE_URL": "x",
        "ISSUER": "y",
    }
    assert faults({f"PANELBOOK_{name}": value for name, value in env.items()}) == {
        "MODE": "NOT_A_CHOICE",
        "JWKS_URL": "NOT_SECURE",
        "VAULT_KEY": "WRONG_SHAPE",
        "SMTP": "WRONG_SHAPE",
    }


def test_a_workers_name_is_one_that_a_consumer_group_takes() -> None:
    assert from_environment({**PRODUCTION, "PANELBOOK_INSTANCE": "panel-1"}).instance == "panel-1"
    assert from_environment(PRODUCTION).instance == ""
    assert faults({**PRODUCTION, "PANELBOOK_INSTANCE": "panel 1"}) == {"INSTANCE": "WRONG_SHAPE"}


@pytest.mark.parametrize("name", ["CLOCK_FILE", "ISSUER_FOLDER"])
def test_production_refuses_a_settable_clock_and_a_built_in_issuer(name: str) -> None:
    assert faults({**PRODUCTION, f"PANELBOOK_{name}": "/somewhere"}) == {name: "NOT_IN_PRODUCTION"}


def test_production_runs_on_the_systems_clock_and_makes_no_tokens(tmp_path: Path) -> None:
    production = from_environment(PRODUCTION)
    assert isinstance(clock_of(production), SystemClock)
    for refused in (settable_clock, built_in_issuer, issuer_router):
        with pytest.raises(Refused, match="NOT_IN_PRODUCTION"):
            refused(production)


def test_a_demo_has_its_own_clock_and_issuer(tmp_path: Path) -> None:
    deployment = demo(tmp_path)
    assert deployment.jwks_url == "http://127.0.0.1:8000/issuer/jwks.json"
    assert clock_of(deployment).now() == settable_clock(deployment).now()
    assert built_in_issuer(deployment).jwks()["keys"]


def test_addresses_are_asked_for_by_service_and_role(tmp_path: Path) -> None:
    deployment = demo(
        tmp_path,
        POSTGRES_INTAKE_RELAY="postgresql://relay",
        VAULT_INTAKE="postgresql://vault",
        VAULT_KEY=KEY,
        KAFKA_INTAKE_PASSWORD="secret",
        SMTP="[::1]:2525",
    )
    assert deployment.dsn("intake", "relay") == "postgresql://relay"
    assert deployment.vault_dsn("intake") == "postgresql://vault"
    assert deployment.vault_key() == bytes(range(32))
    assert deployment.kafka_password("intake") == "secret"
    assert deployment.smtp == ("::1", 2525)
    with pytest.raises(Refused, match="PANELBOOK_POSTGRES_INTAKE_APP is not set"):
        deployment.dsn("intake")


def test_a_deployment_shows_no_credential(tmp_path: Path) -> None:
    deployment = demo(tmp_path, VAULT_KEY=KEY, KAFKA_INTAKE_PASSWORD="hunter2")
    assert KEY not in repr(deployment)
    assert "hunter2" not in repr(deployment)

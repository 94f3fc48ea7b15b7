"""The compose file gives each process a usable environment, and no credential of another's."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import compose_secrets
from deploy.local import kafka
from edge.deployment import from_environment

DEPLOY = Path(kafka.__file__).parents[1]
SECRETS = dict(line.split("=", 1) for line in compose_secrets.lines())


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(re.sub(r"\$\{(\w+)(:\?[^}]*)?\}", lambda found: SECRETS[found[1]], text))["services"]


def test_every_secret_that_is_printed_is_used_and_none_twice() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)", text)) == SECRETS.keys()
    assert len(set(SECRETS.values())) == len(SECRETS)
    assert dict(line.split("=", 1) for line in compose_secrets.lines()).items().isdisjoint(SECRETS.items())


@pytest.mark.parametrize("service", compose_secrets.SERVICES)
def test_a_worker_has_all_its_own_credentials_and_nobody_elses(service: str, services: dict[str, Any]) -> None:
    given = services[service]["environment"]
    deployment = from_environment(given)
    for role in ("app", "relay"):
        assert SECRETS[f"PASSWORD_{service.upper()}_{role.upper()}"] in deployment.dsn(service, role)
    assert SECRETS[f"PASSWORD_{service.upper()}_VAULT"] in deployment.vault_dsn(service)
    assert deployment.kafka_password(service) == SECRETS[f"PASSWORD_{service.upper()}_KAFKA"]
    assert len(deployment.vault_key()) == 32
    own = {f"PASSWORD_{service.upper()}_{part}" for part in ("APP", "RELAY", "VAULT", "KAFKA")} | {"VAULT_KEY"}
    held = {name for name, secret in SECRETS.items() if any(secret in value for value in given.values())}
    assert held == own
    assert services[service]["command"] == ["work", service, "--port", "9100", "--bind", "0.0.0.0"]
    assert deployment.instance == f"{service}-1"


@pytest.mark.parametrize("service", compose_secrets.SERVICES)
def test_a_worker_stands_behind_the_web_process_and_the_servers(service: str, services: dict[str, Any]) -> None:
    for before in ("web", "postgres", "kafka"):
        assert services[service]["cpu_shares"] < services[before].get("cpu_shares", 1024)


def test_the_superusers_passwords_reach_the_migrate_job_alone(services: dict[str, Any]) -> None:
    for name in ("PASSWORD_POSTGRES_ADMIN", "PASSWORD_KAFKA_ADMIN", "PASSWORD_PANEL_OWNER", "PASSWORD_VAULT_OWNER"):
        holders = {
            service
            for service, declared in services.items()
            if any(SECRETS[name] in value for value in declared.get("environment", {}).values())
        }
        assert holders - {"postgres", "kafka"} == {"migrate"}


def test_only_the_web_process_and_the_dashboard_are_published_and_on_loopback_only(services: dict[str, Any]) -> None:
    assert {name: declared["ports"] for name, declared in services.items() if "ports" in declared} == {
        "web": ["127.0.0.1:8000:8000"],
        "grafana": ["127.0.0.1:3000:3000"],
    }


def test_the_broker_in_a_container_has_the_settings_of_the_local_one() -> None:
    script = (DEPLOY / "kafka-start.sh").read_text(encoding="utf-8")
    block = script.split("<<SETTINGS\n", 1)[1].split("\nSETTINGS\n", 1)[0]
    contained = dict(line.split("=", 1) for line in block.splitlines())
    plan = kafka._Plan.new(1, 0)
    local = dict(line.split("=", 1) for line in kafka._properties(plan, plan.nodes[0], Path("/data")).splitlines())
    of_the_machine = {
        # Ports, folders and secrets differ by nature; the rest spares memory and threads on a small machine.
        "advertised.listeners",
        "background.threads",
        "controller.quorum.bootstrap.servers",
        "listener.name.client.scram-sha-256.sasl.jaas.config",
        "listener.name.controller.plain.sasl.jaas.config",
        "listeners",
        "log.dirs",
        "log.index.size.max.bytes",
        "num.io.threads",
        "num.network.threads",
        "num.recovery.threads.per.data.dir",
    }
    assert {name: value for name, value in contained.items() if name not in of_the_machine} == {
        name: value for name, value in local.items() if name not in of_the_machine
    }

"""PostgreSQL and Kafka in containers of their own, through testcontainers, where a local Docker daemon answers."""

import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bus.kafka_admin import can_log_in
from deploy.local.processes import Credential, RuntimeProblem, Say, free_port

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

POSTGRES_IMAGE = "postgres:18.6"
KAFKA_IMAGE = "apache/kafka:4.3.1"
_KAFKA_START = Path(__file__).parents[1] / "kafka-start.sh"
_PATIENCE_SECONDS = 120.0


def docker_answers() -> str | None:
    """None when a Docker daemon on this machine answers, otherwise the reason why containers cannot be used."""
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    # Looked at first, because loading the Docker client costs a third of a second on machines without Docker.
    if not address.startswith("unix://"):
        return "the Docker daemon is not on this machine, and Kafka is offered on loopback only"
    if not Path(address.removeprefix("unix://")).is_socket():
        return "no Docker daemon answers"
    try:
        import docker

        client = docker.from_env(timeout=5)
        try:
            client.ping()
        finally:
            client.close()
    except ImportError:
        return "a Docker daemon may be there, but testcontainers is not installed"
    except Exception as error:  # The Docker client lets errors of several libraries through.
        return f"no Docker daemon answers ({type(error).__name__})"
    return None


@dataclass
class ContainerServers:
    """Both servers, running, reachable from this machine only."""

    postgres_admin_dsn: str
    kafka_bootstrap: str
    kafka_admin: Credential
    _running: "list[DockerContainer]"

    def stop(self) -> None:
        """Stop and remove the containers with their data."""
        while self._running:
            self._running.pop().stop()


def start_containers(say: Say, *, durable: bool) -> ContainerServers:
    """Start both and return once they take logins. Raises RuntimeProblem when one does not."""
    from testcontainers.core.container import DockerContainer  # Optional, and slow to load.
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    password, admin = secrets.token_hex(16), Credential("admin", secrets.token_hex(16))
    postgres_port = free_port()
    kafka_port = free_port((postgres_port,))
    bootstrap = f"127.0.0.1:{kafka_port}"
    running: list[DockerContainer] = []
    try:
        say(f"PostgreSQL: starting the container {POSTGRES_IMAGE} ...")
        settings = ["-c", "max_connections=300", "-c", "timezone=UTC", "-c", "log_error_verbosity=terse"]
        settings += ["-c", "log_min_error_statement=panic"]
        if not durable:
            settings += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        postgres = (
            DockerContainer(POSTGRES_IMAGE)
            .with_env("POSTGRES_PASSWORD", password)
            .with_env("POSTGRES_INITDB_ARGS", "--auth=scram-sha-256")
            .with_command(["postgres", *settings])
            # The first such line is of the server that the image runs for its own set-up.
            .waiting_for(LogMessageWaitStrategy("database system is ready to accept connections", times=2))
        )
        _offer_on_loopback(postgres, 5432, postgres_port)
        running.append(postgres)
        postgres.start()

        say(f"Kafka: starting the container {KAFKA_IMAGE} ...")
        kafka = (
            DockerContainer(KAFKA_IMAGE)
            .with_env("KAFKA_ADMIN_PASSWORD", admin.password)
            .with_env("KAFKA_ADVERTISED_HOST", "127.0.0.1")
            .with_env("KAFKA_PORT", str(kafka_port))
            .with_env("KAFKA_HEAP_OPTS", "-Xmx256m")
            .with_copy_into_container(_KAFKA_START, "/tmp/kafka-start.sh", 0o755)
            .with_command(["bash", "/tmp/kafka-start.sh"])
        )
        _offer_on_loopback(kafka, kafka_port, kafka_port)
        running.append(kafka)
        kafka.start()
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while not can_log_in(bootstrap, admin.username, admin.password):
            if time.monotonic() > give_up:
                said = b"\n".join(kafka.get_logs()).decode(errors="replace").splitlines()[-15:]
                raise RuntimeProblem("\n".join(["Kafka's container did not come up. It said last:", *said]))
    except BaseException:
        for container in reversed(running):
            container.stop()
        raise
    dsn = f"postgresql://postgres:{password}@127.0.0.1:{postgres_port}/postgres"
    return ContainerServers(dsn, bootstrap, admin, [*running])


def _offer_on_loopback(container: "DockerContainer", inside: int, outside: int) -> None:
    # testcontainers publishes on every address of the machine; the Docker client below it takes one address and a port.
    cast("dict[str, object]", container.ports)[f"{inside}/tcp"] = ("127.0.0.1", outside)

"""Real Apache Kafka (KRaft) on this machine: one node or three, passwords and ACLs from the start, loopback only."""

import base64
import json
import secrets
import shutil
import signal
import subprocess
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.local.kafka_software import KafkaSoftware, prepare
from deploy.local.processes import (
    Credential,
    FolderLock,
    RuntimeProblem,
    Say,
    free_port,
    last_lines,
    start_child,
    stop_process,
    wait_until,
    write_secret,
)

ADMIN = "admin"
LARGEST_MESSAGE_BYTES = 2 * 1024 * 1024
PATIENCE_WITH_ANOTHER_OWNER = 10.0  # Seconds: it may be on its way out.
_STARTED = b"Kafka Server started"


@dataclass(frozen=True)
class _Node:
    number: int
    port: int
    controller_port: int
    directory_id: str


@dataclass(frozen=True)
class _Plan:
    """What a cluster is, fixed before its first start: the voters' ports and ids are part of its stored metadata."""

    cluster_id: str
    password: str
    nodes: tuple[_Node, ...]

    def write(self, path: Path) -> None:
        write_secret(path, json.dumps(asdict(self), indent=2))

    @staticmethod
    def read(path: Path) -> "_Plan":
        stored = json.loads(path.read_text(encoding="utf-8"))
        return _Plan(stored["cluster_id"], stored["password"], tuple(_Node(**node) for node in stored["nodes"]))

    @staticmethod
    def new(brokers: int, port: int) -> "_Plan":
        taken: list[int] = []
        nodes = []
        for number in range(1, brokers + 1):
            client = port + number - 1 if port else free_port(taken)
            taken.append(client)
            controller = free_port(taken)
            taken.append(controller)
            nodes.append(_Node(number, client, controller, _kafka_uuid()))
        return _Plan(_kafka_uuid(), secrets.token_urlsafe(24), tuple(nodes))


class LocalKafka:
    """A cluster of `brokers` nodes (1 or 3, each broker and controller) whose data and passwords live in `folder`.

    `port` is the first broker's, further ones follow it; 0 picks free ports. Ports, passwords and ids are kept in the
    folder, so that a restart answers at the same addresses. The super user is `admin` (SCRAM-SHA-256 over
    SASL_PLAINTEXT); everybody else is refused until an ACL says otherwise. Topics are never created by use.
    """

    def __init__(self, folder: Path, *, brokers: int = 1, port: int = 0, say: Say = print) -> None:
        if brokers not in (1, 3):
            raise ValueError("A local cluster has one broker or three.")
        self._folder = folder.absolute()
        self._brokers = brokers
        self._port = port
        self._say = say
        self._lock = FolderLock(self._folder, "Kafka")
        self._plan: _Plan | None = None
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def bootstrap(self) -> str:
        """`host:port` of every broker, comma-separated. Raises RuntimeProblem before the first start."""
        return ",".join(f"127.0.0.1:{node.port}" for node in self._planned.nodes)

    @property
    def admin(self) -> Credential:
        """The super user's name and password. Raises RuntimeProblem before the first start."""
        return Credential(ADMIN, self._planned.password)

    @property
    def pids(self) -> list[int]:
        """The process ids of the nodes that run, in the nodes' order."""
        return [process.pid for _, process in sorted(self._processes.items()) if process.poll() is None]

    def start(self) -> None:
        """Start every node that does not run, and return once each serves.

        Makes the cluster the first time, and starts just as well on what a `kill -9` left behind. Raises RuntimeProblem
        when Java or Maven is missing, when another Panelbook holds the folder, when the folder holds a cluster of
        another size, or when a node does not come up; the message ends with its log.
        """
        self._lock.take(PATIENCE_WITH_ANOTHER_OWNER)
        try:
            software = prepare(self._say, _rehearse)
            plan = self._read_or_make_plan()
            with ThreadPoolExecutor(len(plan.nodes)) as together:
                list(together.map(lambda node: self._format(software, plan, node), plan.nodes))
            waiting = [
                (node, process, log, begins_at)
                for node in plan.nodes
                if (running := self._processes.get(node.number)) is None or running.poll() is not None
                for process, log, begins_at in [self._run(software, node)]
            ]
            for node, process, log, begins_at in waiting:
                wait_until(
                    lambda log=log, begins_at=begins_at: _STARTED in _read_from(log, begins_at),
                    process=process,
                    seconds=90,
                    what=f"Kafka (node {node.number})",
                    log=log,
                )
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop every node in an orderly way, and return once all are gone."""
        with ThreadPoolExecutor(3) as together:
            list(together.map(_stop_node, self._processes.values()))
        self._processes.clear()
        self._lock.give_back()

    def kill(self, node: int = 1) -> None:
        """End one node as `kill -9` does, and return once it is gone. `start` brings it back with what it kept."""
        process = self._processes[node]
        process.kill()
        process.wait()

    @property
    def _planned(self) -> _Plan:
        if self._plan is None:
            raise RuntimeProblem("Kafka was not started.")
        return self._plan

    def _read_or_make_plan(self) -> _Plan:
        path = self._folder / "cluster.json"
        if not path.exists():
            self._say(f"Kafka: making a new cluster of {self._brokers} ...")
            _Plan.new(self._brokers, self._port).write(path)
        plan = self._plan = _Plan.read(path)
        if len(plan.nodes) != self._brokers:
            raise RuntimeProblem(
                f"Kafka: {self._folder} holds a cluster of {len(plan.nodes)}, and {self._brokers} were asked for. "
                "Name another folder, or remove this one."
            )
        for node in plan.nodes:
            folder = self._folder / f"node-{node.number}"
            folder.mkdir(exist_ok=True)
            write_secret(folder / "server.properties", _properties(plan, node, folder / "data"))
        return plan

    def _format(self, software: KafkaSoftware, plan: _Plan, node: _Node) -> None:
        """Format the node's storage in a draft folder that gets its name when it is whole."""
        folder = self._folder / f"node-{node.number}"
        if not (folder / "data").exists():
            _format(software, plan, node, folder)

    def _run(self, software: KafkaSoftware, node: _Node) -> tuple[subprocess.Popen[bytes], Path, int]:
        folder = self._folder / f"node-{node.number}"
        log = folder / "kafka.log"
        begins_at = log.stat().st_size if log.exists() else 0
        command = software.command("kafka.Kafka", str(folder / "server.properties"))
        process = start_child(command, log=log, on_parent_death="KILL", folder=folder)
        self._processes[node.number] = process
        return process, log, begins_at


def _format(software: KafkaSoftware, plan: _Plan, node: _Node, folder: Path) -> None:
    draft = folder / "data.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    properties = folder / "format.properties"
    write_secret(properties, _properties(plan, node, draft))
    if len(plan.nodes) == 1:
        voters = ["--standalone"]
    else:
        voters = ["-I", ",".join(f"{n.number}@127.0.0.1:{n.controller_port}:{n.directory_id}" for n in plan.nodes)]
    scram = f"SCRAM-SHA-256=[name={ADMIN},password={plan.password}]"
    arguments = ["format", *voters, "-t", plan.cluster_id, "-c", str(properties), "--add-scram", scram]
    log = folder / "format.log"
    with log.open("wb") as output:
        done = subprocess.run(
            software.command("kafka.tools.StorageTool", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    properties.unlink()
    if done.returncode != 0:
        raise RuntimeProblem(f"Kafka: formatting node {node.number} failed.\n{last_lines(log)}")
    draft.rename(folder / "data")


def _rehearse(software: KafkaSoftware, folder: Path, flags: Sequence[str]) -> None:
    """Start and stop one broker in a folder, for the class archive that Java writes when it ends in an orderly way."""
    plan = _Plan.new(1, 0)
    node = plan.nodes[0]
    _format(software, plan, node, folder)
    properties = folder / "server.properties"
    write_secret(properties, _properties(plan, node, folder / "data"))
    log = folder / "kafka.log"
    command = software.command("kafka.Kafka", str(properties), memory=flags)
    process = start_child(command, log=log, on_parent_death="KILL", folder=folder)
    try:
        wait_until(lambda: _STARTED in _read_from(log, 0), process=process, seconds=90, what="Kafka", log=log)
    finally:
        stop_process(process, [(signal.SIGTERM, 60.0)])


def _stop_node(process: subprocess.Popen[bytes]) -> None:
    # A node that has lost its fellow voters waits for them in vain; what is acknowledged is safe either way.
    stop_process(process, [(signal.SIGTERM, 8.0)])


def _properties(plan: _Plan, node: _Node, data: Path) -> str:
    """The broker's settings.

    Clients and brokers log in with SCRAM. Controllers cannot, because SCRAM's users live in what the controllers keep,
    so between them the same account logs in with PLAIN, from this file, which only its owner may read.
    """
    several = len(plan.nodes) > 1
    copies = min(3, len(plan.nodes))
    in_sync = 2 if several else 1
    login = f'username="{ADMIN}" password="{plan.password}"'
    scram = f"org.apache.kafka.common.security.scram.ScramLoginModule required {login};"
    plain = f'org.apache.kafka.common.security.plain.PlainLoginModule required {login} user_{ADMIN}="{plan.password}";'
    settings = {
        "process.roles": "broker,controller",
        "node.id": node.number,
        "controller.quorum.bootstrap.servers": ",".join(f"127.0.0.1:{n.controller_port}" for n in plan.nodes),
        "controller.listener.names": "CONTROLLER",
        "listeners": f"CLIENT://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller_port}",
        "advertised.listeners": (f"CLIENT://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller_port}"),
        "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "inter.broker.listener.name": "CLIENT",
        "sasl.enabled.mechanisms": "SCRAM-SHA-256",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-256",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.client.scram-sha-256.sasl.jaas.config": scram,
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": plain,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMIN}",
        "allow.everyone.if.no.acl.found": "false",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": 2,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "share.coordinator.state.topic.num.partitions": 2,
        "group.initial.rebalance.delay.ms": 0,
        "message.max.bytes": LARGEST_MESSAGE_BYTES,
        "replica.fetch.max.bytes": LARGEST_MESSAGE_BYTES,
        "socket.request.max.bytes": 16 * 1024 * 1024,
        # By default the cleaner takes 128 MB, which a small heap does not have.
        "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
        "log.cleaner.threads": 1,
        # What is not said otherwise by a topic is kept for ever.
        "log.retention.ms": -1,
        "log.index.size.max.bytes": 1024 * 1024,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "background.threads": 2,
        "num.recovery.threads.per.data.dir": 2,
        # After a `kill -9` a broker may come back only when the session of its former self has run out.
        "broker.session.timeout.ms": 6000 if several else 3000,
        "broker.heartbeat.interval.ms": 500,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _read_from(log: Path, begins_at: int) -> bytes:
    with log.open("rb") as file:
        file.seek(begins_at)
        return file.read()


def _kafka_uuid() -> str:
    """A UUID as Kafka writes it. One that begins with `-` would be taken for an option on the command line."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text

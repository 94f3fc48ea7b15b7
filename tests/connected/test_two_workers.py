"""Two workers of a service share its partitions, and what is done once is done once, whoever of them is killed."""

import asyncio
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any

import asyncpg
import httpx
import pytest
from confluent_kafka.admin import AdminClient

from councils.packs import load_pack
from deploy.local.mail import read_messages
from deploy.local.processes import free_port, stop_process
from edge.clock import settable_clock
from edge.deployment import from_environment
from edge.issuer import built_in_issuer
from ledger.migrate import database_dsn
from panelbook.running import Running, running, start_process
from panelbook.story import opening, shropshire
from panelbook.story.narrator import Narrator

pytestmark = pytest.mark.connected

SWINDON = load_pack("swindon")["id"]
PARTITIONS = 24
DECISIONS = 5
TAKEN_OVER_SECONDS = 20.0
"""A session of 6 s and a share anew take eight; the rest is for a machine on which everything else runs as well."""


@dataclass
class Doubled:
    """A Panelbook with two workers each of panel and notify, and one of everything else."""

    folder: Path
    panelbook: Running
    ports: dict[str, int]
    processes: dict[str, "Popen[bytes]"] = field(default_factory=dict[str, "Popen[bytes]"])

    def start(self, service: str, name: str, log: str = "") -> None:
        self.ports[log or name] = free_port([*self.ports.values()])
        arguments = ("work", service, "--port", str(self.ports[log or name]))
        environment = self.panelbook.environment
        self.processes[log or name] = start_process(self.folder, environment, name, *arguments)

    def ask(self, name: str, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.ports[name]}{path}", trust_env=False, timeout=10.0)

    def ready(self, *names: str) -> bool:
        try:
            return all(self.ask(name, "/readyz").status_code == 200 for name in names)
        except httpx.TransportError:
            return False

    def active(self, service: str, *names: str) -> list[str]:
        """Which of the workers named do what is done once."""
        line = f'panelbook_worker_active{{part="tasks",service="{service}"}} 1.0'
        return [name for name in names if line in self.ask(name, "/metrics").text]

    def shares(self, service: str) -> dict[str, Counter[str]]:
        """How many partitions of each topic each member of a service's group has; empty while they share anew."""
        login = self.panelbook.environment
        admin = AdminClient(
            {
                "bootstrap.servers": login["PANELBOOK_KAFKA_BOOTSTRAP"],
                "security.protocol": "SASL_PLAINTEXT",
                "sasl.mechanism": "SCRAM-SHA-256",
                "sasl.username": login["PANELBOOK_KAFKA_ADMIN_USERNAME"],
                "sasl.password": login["PANELBOOK_KAFKA_ADMIN_PASSWORD"],
                "log_level": 0,
            }
        )
        described: Any = admin.describe_consumer_groups([service])[service].result(timeout=10)
        if described.state.name != "STABLE":
            return {}
        return {
            member.group_instance_id: Counter(tp.topic for tp in member.assignment.topic_partitions)
            for member in described.members
        }

    def rows(self, service: str, name: str) -> list[tuple[str, str]]:
        """Council and stream of every row of a stored name."""
        sql = "SELECT council, stream FROM ledger.row WHERE kind = 'decided' AND name = $1"

        async def fetch() -> list[tuple[str, str]]:
            admin = self.panelbook.environment["PANELBOOK_POSTGRES_ADMIN_DSN"]
            connection = await asyncpg.connect(database_dsn(admin, f"panelbook_{service}"))
            try:
                return [tuple(row) for row in await connection.fetch(sql, name)]
            finally:
                await connection.close()

        return asyncio.run(fetch())

    def letters(self) -> list[str]:
        """The Message-ID of everything that the mail server took."""
        folder = Path(self.panelbook.environment["PANELBOOK_MAIL_FOLDER"])
        return [str(message["Message-ID"]) for message in read_messages(folder)]


def eventually(holds: Callable[[], Any], what: str, *, until: Any = None, seconds: float = 60.0) -> Any:
    """Wait until ``holds`` gives ``until``, or something true, and return it."""
    deadline = time.monotonic() + seconds
    while True:
        found = holds()
        if found and until in (None, found):
            return found
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain until {what}"
        time.sleep(0.1)  # Between two looks at a condition of other processes, which tell nobody when it changes.


@pytest.fixture(scope="module")
def doubled() -> Iterator[Doubled]:
    # Not pytest's own folder, which only its owner may enter: PostgreSQL may run as an account of its own.
    folder = Path(tempfile.mkdtemp(prefix="panelbook-doubled-"))
    folder.chmod(0o711)
    councils = ["shropshire", "swindon"]
    with running(folder, port=0, brokers=1, councils=councils, mode="test", say=lambda _: None) as panelbook:
        found = Doubled(folder, panelbook, dict(panelbook.worker_ports), dict(panelbook.processes))
        try:
            found.start("panel", "panel-2")
            found.start("notify", "notify-2")
            yield found
        finally:
            for process in found.processes.values():
                stop_process(process, [(signal.SIGTERM, 15.0)])
    shutil.rmtree(folder)


def test_letters_tasks_and_alarms_come_once_from_two_workers_and_from_the_one_that_is_left(doubled: Doubled) -> None:
    deployment = from_environment(doubled.panelbook.environment)
    pairs = {"panel": ("panel", "panel-2"), "notify": ("notify", "notify-2")}
    for service, names in pairs.items():
        eventually(lambda names=names: doubled.ready(*names), f"both workers of {service} are ready")
        # Whoever is not in the group yet is ready too, because the other reads everything.
        eventually(lambda pair=(service, set(names)): doubled.shares(pair[0]).keys() == pair[1], "both share")
        assert {share for each in doubled.shares(service).values() for share in each.values()} == {PARTITIONS // 2}
        assert len(doubled.active(service, *names)) == 1

    with httpx.Client(base_url=deployment.base_url, timeout=30.0, trust_env=False) as client:
        tell = Narrator(client, settable_clock(deployment), built_in_issuer(deployment), lambda _: None)
        shropshire.play(tell, lambda: None)
        publisher = tell.appoint("swi-publisher", "Ada Quill", "settings_publisher", SWINDON, team="csmt")
        director = tell.appoint("swi-director", "Ivo Bell", "director_csw", SWINDON, team="csmt")
        opening.publish(tell, publisher, "swindon")
        opening.appoint(tell, publisher, [director])
        tell.clock_to("2026-10-18T02:00:00Z")
        eventually(lambda: tell.reads(director, "panel/sittings").status == 200, "panel knows the settings")
        for number in range(DECISIONS):
            body = {"person": f"person-{number}", "risk": "He is on the bridge.", "decision": "A place tonight."}
            tell.does(director, "decides at a risk to life", "POST", "panel/emergency-decisions", body)

        def quiet() -> bool:
            return len(doubled.rows("notify", "notify.message.sent")) == len(doubled.letters()) > 0

        eventually(quiet, "the letters of the first case are sent")
        killed = {service: doubled.active(service, *names)[0] for service, names in pairs.items()}
        left = {service: next(name for name in names if name != killed[service]) for service, names in pairs.items()}
        for name in killed.values():
            doubled.processes[name].kill()
        began = time.monotonic()
        tell.clock_to("2026-10-19T16:00:01Z")

        def told() -> bool:
            shown = tell.reads(director, "notify/messages").body["messages"]
            overdue = [one for one in shown if one["letter"] == "out_of_panel_overdue"]
            return len(overdue) == DECISIONS and all(one["sent_at"] for one in overdue)

        for service, name in left.items():
            eventually(
                lambda service=service: {one: min(of.values()) for one, of in doubled.shares(service).items()},
                f"{name} reads everything of {service}",
                until={name: PARTITIONS},
                seconds=TAKEN_OVER_SECONDS - (time.monotonic() - began),
            )
        eventually(told, "the director has every alarm", seconds=TAKEN_OVER_SECONDS)
        for service, name in left.items():
            eventually(lambda name=name: doubled.ready(name), f"{name} is ready")
            assert doubled.active(service, name) == [name]

    alarms = doubled.rows("panel", "panel.decision.alarm_raised")
    assert len(alarms) == len(set(alarms)) == DECISIONS
    sent = doubled.rows("notify", "notify.message.sent")
    wanted = doubled.rows("notify", "notify.message.wanted")
    assert sorted(sent) == sorted(set(wanted)) == sorted(wanted)
    letters = doubled.letters()
    assert len(letters) == len(set(letters)) == len(sent) > DECISIONS
    tasks = doubled.rows("notify", "notify.task.opened")
    assert len(tasks) == len(set(tasks)) == 1


def test_a_second_worker_of_the_same_name_is_told_so_and_takes_nothing(doubled: Doubled) -> None:
    eventually(lambda: doubled.ready("routing"), "the first is ready")
    before = doubled.shares("routing")
    doubled.start("routing", "routing", log="routing-again")
    sentence = "instance: another worker of routing bears the name routing: PANELBOOK_INSTANCE must differ."

    def said() -> bool:
        try:
            answer = doubled.ask("routing-again", "/readyz")
        except httpx.TransportError:
            return False
        return answer.status_code == 503 and sentence in answer.json()["reasons"]

    eventually(said, "it says so")
    assert sentence in (doubled.folder / "logs" / "routing.log").read_text()
    assert doubled.ready("routing")
    assert doubled.shares("routing") == before
    assert set(before) == {"routing"}
    doubled.processes["routing"].terminate()
    eventually(lambda: doubled.ready("routing-again"), "it takes the first one's place")

"""Apache Kafka itself: Java found, jars resolved by Maven, and a class archive, each made once and kept in a cache."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.processes import RuntimeProblem, Say, cache_folder, last_lines

OLDEST_JAVA = 17
_FILES = Path(__file__).parent / "kafka"
_POM = _FILES / "pom.xml"
LOGGING = _FILES / "log4j2.yaml"
# Short start and small memory matter more here than throughput: no second-tier compiler, one collector thread.
_JVM_FLAGS = (
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
)


@dataclass(frozen=True)
class KafkaSoftware:
    """What it takes to run one of Kafka's main classes."""

    java: str
    jars: Path
    archive: Path

    def command(self, main_class: str, *arguments: str, memory: Sequence[str] = ()) -> list[str]:
        """The command line of a main class, with the class archive where there is one."""
        if self.archive.exists() and not memory:
            # A damaged or foreign archive is ignored by Java and costs only the time it would have saved.
            memory = (f"-XX:SharedArchiveFile={self.archive}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off")
        return [
            self.java,
            *_JVM_FLAGS,
            *memory,
            f"-Dlog4j2.configurationFile={LOGGING}",
            "-cp",
            ":".join(str(jar) for jar in sorted(self.jars.glob("*.jar"))),
            main_class,
            *arguments,
        ]


def prepare(say: Say, rehearse: Callable[[KafkaSoftware, Path, Sequence[str]], None]) -> KafkaSoftware:
    """Kafka ready to run. The first time it fetches the jars and has `rehearse` run a broker once, to archive classes.

    `rehearse(software, folder, flags)` starts a broker in the folder with the flags and stops it in an orderly way.
    Raises RuntimeProblem, naming the Debian package, when Java or Maven is missing.
    """
    java, version = _java()
    pinned = hashlib.sha256(_POM.read_bytes()).hexdigest()[:12]
    home = cache_folder() / f"kafka-{pinned}"
    home.mkdir(exist_ok=True)
    built_by = hashlib.sha256(f"{version}|{'|'.join(_JVM_FLAGS)}".encode()).hexdigest()[:12]
    software = KafkaSoftware(java, home / "jars", home / f"classes-{built_by}.jsa")
    if software.jars.exists() and software.archive.exists():
        return software
    with _alone(home / "lock"):
        if not software.jars.exists():
            _fetch(home, say)
        if not software.archive.exists():
            say("Kafka: archiving its classes, once, so that it starts faster ...")
            with tempfile.TemporaryDirectory(prefix="panelbook-kafka-") as folder:
                draft = Path(folder) / "classes.jsa"
                rehearse(software, Path(folder), (f"-XX:ArchiveClassesAtExit={draft}", "-Xlog:cds=off"))
                if draft.exists():
                    moved = software.archive.with_suffix(".draft")
                    shutil.copyfile(draft, moved)
                    moved.replace(software.archive)
    return software


def _fetch(home: Path, say: Say) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise RuntimeProblem(
            "Kafka: Maven (mvn) is missing; it resolves the broker's jars. On Debian: apt-get install maven"
        )
    say("Kafka: fetching Apache Kafka with Maven, once ...")
    draft = home / "jars.draft"
    shutil.rmtree(draft, ignore_errors=True)
    log = home / "maven.log"
    command = [maven, "--batch-mode", "--quiet", f"--file={_POM}", "dependency:copy-dependencies"]
    with log.open("wb") as output:
        done = subprocess.run(
            [*command, f"-DoutputDirectory={draft}"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=home,
            check=False,
        )
    if done.returncode != 0 or not any(draft.glob("kafka_*.jar")):
        raise RuntimeProblem(f"Kafka: Maven could not resolve the broker's jars.\n{last_lines(log)}")
    draft.rename(home / "jars")


def _java() -> tuple[str, str]:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else None
    java = java or shutil.which("java")
    advice = f"Kafka needs Java {OLDEST_JAVA} or newer. On Debian: apt-get install openjdk-17-jre-headless"
    if java is None:
        raise RuntimeProblem(f"Kafka: Java is missing. {advice}")
    asked = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    version = asked.stderr.strip()
    found = re.search(r'version "(\d+)', version)
    if found is None or int(found[1]) < OLDEST_JAVA:
        raise RuntimeProblem(f"Kafka: {java} is too old or does not run ({version.splitlines()[:1]}). {advice}")
    return java, version


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

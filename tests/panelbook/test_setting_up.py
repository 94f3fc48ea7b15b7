"""A council from nothing to its first application by the command line, and what a file of officers is held to."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from councils.packs import load_pack, pack_id, packs
from deploy.local.processes import RuntimeProblem
from edge.deployment import from_environment
from edge.issuer import built_in_issuer
from panelbook.local_deployment import SERVICES, of_process
from panelbook.running import Running, running
from panelbook.setting_up import read_officers

EXAMPLE = Path("docs/examples/officers.csv")
HEADINGS = "officer,role,team,service,name,email\n"
ONE = "a-1,social_worker,north,adults,Somebody,somebody@council.example\n"


def test_a_slug_is_an_id_without_reading_the_terms() -> None:
    """I8: a slug works where a person types a council."""
    assert {slug: pack_id(slug) for slug in packs()} == {slug: load_pack(slug)["id"] for slug in packs()}


def test_the_command_line_waits_for_nothing_that_a_verb_does_not_need() -> None:
    """I8: a token takes less than half a second, because nothing else is imported on the way to it."""
    heavy = ("fastapi", "pydantic", "asyncpg", "aiokafka", "httpx", "rich.table", "services")
    script = f"import sys, panelbook.cli; print([one for one in {heavy!r} if one in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


def written(folder: Path, text: str, name: str = "officers.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("officers.csv", HEADINGS + ONE),
        ("officers.csv", "\ufeff" + HEADINGS + ONE + ",,,,,\n"),
        ("officers.csv", HEADINGS.replace("officer,", " officer ,") + ONE.replace(",", " , ")),
        (
            "officers.json",
            '[{"officer": "a-1", "role": "social_worker", "team": "north", "service": "adults",'
            ' "name": "Somebody", "email": "somebody@council.example"}]',
        ),
    ],
)
def test_a_file_is_read_as_the_form_is(tmp_path: Path, name: str, text: str) -> None:
    """I8: officers from a file, however a spreadsheet writes it."""
    (one,) = read_officers(written(tmp_path, text, name))
    assert one.model_dump() == {
        "officer": "a-1",
        "role": "social_worker",
        "team": "north",
        "service": "adults",
        "name": "Somebody",
        "email": "somebody@council.example",
    }


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("officers.csv", HEADINGS + ONE + ONE.replace("a-1", "a 2"), "row 3, /officer"),
        ("officers.csv", HEADINGS + ONE.replace("somebody@", "someb\u200body@"), "row 2, /email"),
        ("officers.csv", HEADINGS + ONE + ONE, "row 3, /officer: NAMED_TWICE: named in row 2"),
        ("officers.csv", HEADINGS.replace("email", "e-mail") + ONE, "not: e-mail"),
        ("officers.csv", HEADINGS.replace("email", "name") + ONE, "each once"),
        ("officers.csv", HEADINGS + ONE.replace("\n", ",more\n"), "row 2"),
        ("officers.csv", "", "the headings are"),
        ("officers.json", "{}", "no JSON list"),
        ("officers.json", "[" * 5000, "no JSON list"),
        ("officers.json", '[{"officer": "a-1"}]', "row 1, /role"),
    ],
)
def test_a_file_with_a_fault_appoints_nobody_and_says_where(tmp_path: Path, name: str, text: str, said: str) -> None:
    """I8: every fault of a file is said before the first officer is appointed."""
    with pytest.raises(RuntimeProblem) as refused:
        read_officers(written(tmp_path, text, name))
    assert said in str(refused.value)


def test_each_process_has_only_its_own_secrets() -> None:
    """Whoever takes over one worker holds no other service's passwords, and nobody's who may alter a table."""
    everything = {
        "PATH": "/bin",
        "PANELBOOK_MODE": "demo",
        "PANELBOOK_VAULT_KEY": "k",
        "PANELBOOK_VAULT_OWNER": "o",
        "PANELBOOK_POSTGRES_ADMIN_DSN": "a",
        "PANELBOOK_KAFKA_BOOTSTRAP": "b",
        "PANELBOOK_KAFKA_ADMIN_PASSWORD": "p",
    }
    for one in (service.upper() for service in SERVICES):
        everything |= {f"PANELBOOK_POSTGRES_{one}_{role}": "d" for role in ("APP", "RELAY", "OWNER")}
        everything |= {f"PANELBOOK_VAULT_{one}": "v", f"PANELBOOK_KAFKA_{one}_PASSWORD": "p"}
    plain = {"PATH", "PANELBOOK_MODE", "PANELBOOK_VAULT_KEY", "PANELBOOK_KAFKA_BOOTSTRAP"}
    assert set(of_process(everything, "panel")) == plain | {
        "PANELBOOK_POSTGRES_PANEL_APP",
        "PANELBOOK_POSTGRES_PANEL_RELAY",
        "PANELBOOK_VAULT_PANEL",
        "PANELBOOK_KAFKA_PANEL_PASSWORD",
    }
    assert set(of_process(everything, None)) == plain | {
        name for one in SERVICES for name in (f"PANELBOOK_POSTGRES_{one.upper()}_APP", f"PANELBOOK_VAULT_{one.upper()}")
    }


@pytest.fixture(scope="module")
def empty() -> Iterator[tuple[Path, Running]]:
    """A deployment without any council."""
    folder = Path(tempfile.mkdtemp(prefix="panelbook-empty-"))
    folder.chmod(0o711)  # PostgreSQL may run as an account of its own.
    try:
        with running(folder / "data", port=0, brokers=1, councils=(), say=lambda _: None) as started:
            yield folder / "data", started
    finally:
        shutil.rmtree(folder)


def said_by(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "panelbook", *arguments, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, "NO_PROXY": "*"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.connected
def test_three_commands_bring_a_council_to_its_first_application(empty: tuple[Path, Running]) -> None:
    """I8: load, publish its pack, load its officers; each may be repeated."""
    folder, started, said = *empty, ""
    for _ in range(2):
        said_by(folder, "council", "load", "swindon")
        assert "version 1" in said_by(folder, "council", "publish", "swindon")
        said = said_by(folder, "officers", "load", "--council", "swindon", str(EXAMPLE))
    assert said.startswith("0 officers appointed, 0 changed, 10 were there already")
    assert said_by(folder, "council", "check", "swindon").startswith("Everything that goes to a role reaches somebody")
    assert not stat.S_IMODE(folder.stat().st_mode) & 0o066
    issuer = built_in_issuer(from_environment(started.environment))
    token = issuer.token("officer-101", "c4d81e", ["social_worker"], team="north", service="children")
    form = {
        "kind": "LOOKED_AFTER",
        "person": {"person": "child-1", "name": "Somebody", "born_on": "2014-05-02", "contact_email": None},
        "team": "north",
        "team_manager": "officer-102",
        "service": "children",
        "service_manager": "officer-103",
        "family": [
            {"party": "child-1", "relationship": "child", "name": "Somebody", "has_parental_responsibility": False},
            {"party": "mother-1", "relationship": "parent", "name": "Else", "has_parental_responsibility": True},
        ],
    }
    with httpx.Client(base_url=started.base_url, trust_env=False, timeout=30.0) as client:
        answer = httpx.Response(503)
        for _ in range(100):
            answer = client.post(
                "/intake/councils/c4d81e/applications",
                json=form,
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())},
            )
            if answer.status_code == 201:
                break
    assert answer.status_code == 201, answer.text

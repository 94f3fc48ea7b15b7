"""What a person at a keyboard meets first: a folder of their own, a token at once, ids that give nobody away."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from panelbook.local_deployment import secrets_of
from panelbook.running import demo_folder
from panelbook.story import narrator

STORY = Path(narrator.__file__).parent
HEAVY = ("aiokafka", "asyncpg", "confluent_kafka", "fastapi", "faststream", "httpx", "uvicorn")


@pytest.mark.parametrize("once", [True, False])
def test_the_folder_of_a_demo_is_nobody_elses_to_look_into(tmp_path: Path, once: bool) -> None:
    """`.panelbook` itself, also where the demo is the first to make it, whatever this shell lets others read."""
    folder, before = tmp_path / ".panelbook", os.umask(0o022)
    try:
        played = demo_folder(folder, once=once)
        secrets_of(played)
    finally:
        os.umask(before)
    for one in (folder, played):
        assert stat.S_IMODE(one.stat().st_mode) == 0o700, one
    assert stat.S_IMODE((played / "secret").stat().st_mode) == 0o600


def test_a_token_waits_for_no_library_that_it_does_not_need(tmp_path: Path) -> None:
    """Half a second is the aim: what takes the time is what is imported, and that can be counted."""
    command = "import sys; from panelbook.cli import app; app(standalone_mode=False); print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", command, "token", "--council", "swindon", "--role", "chair"],
        env={**os.environ, "PANELBOOK_MODE": "test", "PANELBOOK_ISSUER_FOLDER": str(tmp_path / "issuer")},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    token, modules = ended.stdout.splitlines()
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token)
    assert [one for one in HEAVY if one in modules.split()] == []


def test_nobody_in_the_demo_has_an_id_made_of_their_name() -> None:
    """An id stands on every topic and in every ledger: it is random, and a new one each time."""
    first, second = narrator.opaque(), narrator.opaque()
    assert re.fullmatch(r"p-[0-9a-f]{10}", first)
    assert first != second
    for chapter in STORY.glob("*.py"):
        assert ".split()[1].lower()" not in chapter.read_text(encoding="utf-8"), chapter.name

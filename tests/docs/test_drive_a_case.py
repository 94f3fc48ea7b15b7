"""The page that drives a case by hand, block by block as it stands, against a system that was just started."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from panelbook.running import running

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how-to/drive-a-case.md"
TOOLS = ("bash", "curl", "jq")


def blocks() -> str:
    """What a reader pastes into the second shell."""
    return "\n".join(re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))


@pytest.mark.connected
@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"one of {', '.join(TOOLS)} is not here")
def test_a_reader_comes_from_an_empty_deployment_to_a_decision() -> None:
    """I8, and every command of the page: one refusal, the one that it announces, and a decision at the end."""
    folder = Path(tempfile.mkdtemp(prefix="panelbook-hand-"))
    folder.chmod(0o711)  # PostgreSQL may run as an account of its own.
    (folder / "docs").symlink_to(ROOT / "docs")
    try:
        with running(folder / ".panelbook", port=0, brokers=1, councils=("swindon",), say=lambda _: None) as started:
            known = {name: value for name, value in os.environ.items() if not name.startswith("PANELBOOK_")}
            known |= {"BASE": started.base_url, "PANELBOOK": f"{sys.executable} -m panelbook", "NO_PROXY": "*"}
            known["PYTHONPATH"] = str(ROOT)
            done = subprocess.run(
                ["bash", "-c", blocks()], cwd=folder, env=known, capture_output=True, text=True, timeout=300
            )
    finally:
        shutil.rmtree(folder)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    codes = [code for code in re.findall(r'^\{"code":"(\w+)"', done.stdout, re.MULTILINE) if code != "INCOMPLETE"]
    assert codes == [], said
    assert "panel.decision.agreed" in said, said
    assert "INFORM_FAMILY" in said, said
    assert re.search(r"^\d+ entries, sha-256=[0-9a-f]{64}", done.stdout, re.MULTILINE), said

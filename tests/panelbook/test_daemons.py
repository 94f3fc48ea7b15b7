"""The verbs that run for good: who goes first where processors are short."""

import os
import subprocess
import sys
from pathlib import Path

from panelbook.daemons import WORKER_NICE

AUTOGROUP = Path("/proc/self/autogroup")
PRIORITIES = """
import os
from pathlib import Path
from panelbook.daemons import give_way
give_way()
print(os.getpriority(os.PRIO_PROCESS, 0))
print(Path("/proc/self/autogroup").read_text() if Path("/proc/self/autogroup").exists() else "")
"""


def told(*, own_session: bool) -> list[str]:
    answer = subprocess.run(
        [sys.executable, "-c", PRIORITIES], capture_output=True, text=True, check=True, start_new_session=own_session
    )
    return answer.stdout.splitlines()


def test_a_worker_stands_behind_the_processes_that_people_wait_for():
    priority, group = told(own_session=True)[:2]
    assert int(priority) == os.getpriority(os.PRIO_PROCESS, 0) + WORKER_NICE
    if AUTOGROUP.exists():
        assert group.endswith(f"nice {WORKER_NICE}")


def test_a_worker_in_a_session_with_others_leaves_the_session_as_it_was():
    before = AUTOGROUP.read_text(encoding="ascii").strip() if AUTOGROUP.exists() else ""
    priority, *group = told(own_session=False)
    assert int(priority) == os.getpriority(os.PRIO_PROCESS, 0) + WORKER_NICE
    assert "".join(group) == before

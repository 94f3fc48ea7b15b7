"""Arming a process: it dies at the very step, and a production process cannot be armed at all."""

import os
import signal
import subprocess
import sys

import pytest

from ledger import steps

_PASS_STEPS = """
import sys
from chaos.process import _Death
from ledger import steps
steps.install(_Death("before_commit", 2))
for name in ("after_lock", "before_commit", "after_commit", "before_commit"):
    print(name, flush=True)
    steps.step(name)
print("alive", flush=True)
"""


def test_an_armed_process_dies_at_the_named_passing_of_the_named_step() -> None:
    died = subprocess.run([sys.executable, "-c", _PASS_STEPS], capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL
    assert died.stdout.split() == ["after_lock", "before_commit", "after_commit", "before_commit"]


@pytest.mark.parametrize("mode", ["production", None])
def test_a_process_in_production_cannot_be_armed(mode: str | None) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PANELBOOK_MODE"}
    if mode is not None:
        environment["PANELBOOK_MODE"] = mode
    arguments = ["--arm", "before_commit:1", "--", "--help"]
    refused = subprocess.run(
        [sys.executable, "-m", "chaos.process", *arguments],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "may be armed" in refused.stderr


def test_without_a_hook_a_step_does_nothing() -> None:
    for name in steps.STEPS:
        steps.step(name)

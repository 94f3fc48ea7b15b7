"""How every command is answered to every role, as the deciders said it: kept for the page of the docs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

KEPT = Path(__file__).parent / "who_may.json"
"""Written by the test when it is asked to, and reviewed line by line."""

Answers = dict[str, dict[str, list[str]]]
"""Of one command, by where somebody stands to what it is about: the roles that got each answer."""


def is_refusal(answer: str) -> bool:
    """Whether somebody may not give the command at all, whatever stands in the record."""
    return answer.startswith(("403", "404"))


def kept() -> dict[str, dict[str, Answers]]:
    """The answers as they were written, by service and command."""
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}


def keep(service: str, answers: Mapping[str, Answers]) -> None:
    """Write what a service answered."""
    whole = {**kept(), service: dict(answers)}
    KEPT.write_text(_lines(whole) + "\n", encoding="utf-8")


def _lines(value: Any, deep: int = 0) -> str:
    """JSON with a line for each place, so that a change of one is a changed line."""
    if deep == 3:
        return json.dumps(value)
    within = (f"{json.dumps(name)}: {_lines(value[name], deep + 1)}" for name in sorted(value))
    return "{\n" + ",\n".join(f"{' ' * (deep + 1)}{line}" for line in within) + f"\n{' ' * deep}}}"

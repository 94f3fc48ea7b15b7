"""What the clients were told: every command with every answer it got, kept outside the system under test."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from edge.calls import command_id_of

Answer = Literal["yes", "no", "unknown"]

STORED_NOTHING = frozenset({"BUSY", "SIGN_IN_AWAY", "SETTINGS_NOT_HERE", "NEWER_THAN_ME", "NOT_AVAILABLE"})
"""The codes of a 503 that promise that nothing was stored. Any other 503, or no answer at all, leaves it unknown."""


NEVER_SENT = "ConnectError"
"""No web process took the line, so that nothing was sent at all."""


@dataclass(frozen=True)
class Reply:
    """One answer to one sending of a command; ``body`` only of a yes."""

    answer: Answer
    status: int
    code: str
    body: dict[str, Any] | None = None


@dataclass
class Command:
    """One command under its own Idempotency-Key, and all that its senders were told about it."""

    council: str
    service: str
    actor: str
    method: str
    path: str
    key: str
    answers: list[Reply] = field(default_factory=list[Reply])

    @property
    def id(self) -> UUID:
        """The command id under which the edge has to keep its outcome."""
        return command_id_of(self.service, self.council, self.actor, self.key)

    @property
    def verdict(self) -> Answer:
        """Yes once anybody was told yes; no when every sending was told no; otherwise unknown."""
        answers = {reply.answer for reply in self.answers}
        if "yes" in answers:
            return "yes"
        return "no" if answers == {"no"} else "unknown"


def answer_of(status: int, code: str) -> Answer:
    """What an HTTP answer means to the one who asked."""
    if 200 <= status < 300:
        return "yes"
    if 400 <= status < 500 or (status == 503 and code in STORED_NOTHING) or code == NEVER_SENT:
        return "no"
    return "unknown"


@dataclass
class Book:
    """The clients' own book of commands, and how many were answered yes in each second."""

    commands: list[Command] = field(default_factory=list[Command])
    unforeseen: Counter[str] = field(default_factory=Counter[str])
    seconds: Counter[int] = field(default_factory=Counter[int])
    took: list[float] = field(default_factory=list[float])
    began: float = field(default_factory=time.monotonic)

    def open(self, command: Command) -> Command:
        """Enter a command before it is sent for the first time."""
        self.commands.append(command)
        return command

    def note(self, command: Command, reply: Reply, seconds: float) -> None:
        """Enter one answer, which took ``seconds``."""
        if reply.answer == "yes" and command.verdict != "yes":
            self.seconds[int(time.monotonic() - self.began)] += 1
            self.took.append(seconds)
        command.answers.append(reply)

    def verdicts(self) -> Counter[Answer]:
        """How many commands were told yes, no and unknown."""
        return Counter(command.verdict for command in self.commands)

    def rate(self) -> dict[str, float]:
        """Commands told yes a second: the mean, and the median and best second."""
        counted = sorted(self.seconds[second] for second in range(max(self.seconds, default=0) + 1))
        if not counted:
            return {"mean": 0.0, "median": 0.0, "best": 0.0}
        return {
            "mean": round(sum(counted) / len(counted), 1),
            "median": float(counted[len(counted) // 2]),
            "best": float(counted[-1]),
        }

    def waits(self) -> dict[str, float]:
        """Milliseconds from sending a command to its yes: median and 99th percentile."""
        took = sorted(self.took) or [0.0]
        return {
            "p50_ms": round(1000 * took[len(took) // 2], 1),
            "p99_ms": round(1000 * took[min(len(took) - 1, len(took) * 99 // 100)], 1),
        }


def differing(answers: Iterable[Reply]) -> bool:
    """Whether a command was told yes in two different ways."""
    bodies = [reply.body for reply in answers if reply.answer == "yes"]
    return any(body != bodies[0] for body in bodies[1:])

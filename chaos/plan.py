"""What one run will do to whom and when: made from a seed alone, so that the same seed makes the same plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from panelbook.local_deployment import SERVICES

WEBS = ("web-1", "web-2")
PROCESSES = (*WEBS, *SERVICES)
"""What is killed by name, besides ``postgres`` and ``kafka-<node>``."""

PAUSE_SECONDS = 15.0
"""How long a stopped process stays stopped: longer than every lock, statement and idle timeout of the ledger."""

_COMMANDING = ("after_lock", "before_commit", "before_disk", "after_commit")
_RELAYING = ("before_send", "before_acknowledgement", "before_bookmark", "after_bookmark")
_HEARING = ("before_heard_row", "after_heard_row")
STEPS_OF: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(WEBS, (*_COMMANDING, "before_answer")),
    "intake": (*_COMMANDING, *_RELAYING, *_HEARING, "inside_retry"),
    "routing": (*_COMMANDING, *_RELAYING, *_HEARING, "inside_retry"),
    "panel": (*_COMMANDING, *_RELAYING, *_HEARING, "inside_retry"),
    "notify": (*_COMMANDING, *_RELAYING, *_HEARING, "inside_retry", "before_post", "after_post"),
    "record": (*_RELAYING, *_HEARING),
}
"""The named steps (:data:`ledger.steps.STEPS`) that each process passes."""

_LATEST_PASSING = {"inside_retry": 2, "before_post": 6, "after_post": 6}
_USUAL_LATEST_PASSING = 15
_LIVES = 80
_ARMED_OUT_OF_TEN = 8


Kind = Literal["kill", "pause"]


@dataclass(frozen=True)
class Fault:
    """Something done to ``target`` at ``at`` seconds after the start: killed, or stopped for 15 seconds."""

    at: float
    target: str
    kind: Kind


@dataclass(frozen=True)
class Arm:
    """A process that is armed kills itself with SIGKILL when it passes ``step`` for the ``passing``-th time."""

    step: str
    passing: int


@dataclass(frozen=True)
class Plan:
    """The faults of a run in the order of their times, and how each process's lives are armed, one after the other."""

    seed: int
    seconds: float
    brokers: int
    faults: tuple[Fault, ...]
    arms: Mapping[str, tuple[Arm | None, ...]]

    def arm(self, process: str, life: int) -> Arm | None:
        """How a process is armed in its ``life``-th life, the first being 0; the first is never armed."""
        arms = self.arms[process]
        return arms[life] if life < len(arms) else None


def make_plan(seed: int, *, seconds: float, faults: int, brokers: int = 1, step: str = "") -> Plan:
    """A plan with ``faults`` timed faults in ``seconds``; the named steps add about as many kills of their own.

    Every process is hit as often as any other; at least one fault in ten hits PostgreSQL, one in ten a broker, and
    one in twelve is a stop of 15 seconds. With ``step``, the processes that pass it are armed for that step alone.
    """
    chance = Random(f"panelbook chaos {seed}")
    servers = -(-faults // 10)
    pauses = -(-faults // 12)
    targets = ["postgres"] * servers + [f"kafka-{1 + n % brokers}" for n in range(servers)]
    rest = faults - len(targets) - pauses
    targets += _turns(chance, PROCESSES, rest)
    stopped = _turns(chance, (*PROCESSES, "kafka-1"), pauses)
    killed: list[tuple[str, Kind]] = [(target, "kill") for target in targets]
    paused: list[tuple[str, Kind]] = [(target, "pause") for target in stopped]
    chosen = [*killed, *paused]
    chance.shuffle(chosen)
    # Spread evenly with some play, so that a run is busy throughout and two faults may still fall together.
    slot = seconds * 0.9 / max(1, len(chosen))
    times = sorted(seconds * 0.05 + slot * (n + chance.uniform(-0.5, 1.0)) for n in range(len(chosen)))
    made = tuple(Fault(round(max(0.0, at), 3), target, kind) for at, (target, kind) in zip(times, chosen, strict=True))
    steps = {name: (step,) if step in STEPS_OF[name] else STEPS_OF[name] for name in PROCESSES}
    return Plan(seed, seconds, brokers, made, {name: _arms(chance, steps[name]) for name in PROCESSES})


def _turns(chance: Random, among: Sequence[str], count: int) -> list[str]:
    turns: list[str] = []
    while len(turns) < count:
        turns += chance.sample(among, len(among))
    return turns[:count]


def _arms(chance: Random, steps: Sequence[str]) -> tuple[Arm | None, ...]:
    arms: list[Arm | None] = [None]
    for step in _turns(chance, steps, _LIVES):
        if chance.randint(1, 10) > _ARMED_OUT_OF_TEN:
            arms.append(None)
        arms.append(Arm(step, chance.randint(1, _LATEST_PASSING.get(step, _USUAL_LATEST_PASSING))))
    return tuple(arms)

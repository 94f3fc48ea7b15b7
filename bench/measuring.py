"""Measures two sides in turn within one run, so that whatever else the machine does meets both of them."""

import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Side = Callable[[], Awaitable[float]]
"""Does a piece of work once and returns its figure: mostly operations a second."""


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``ours`` and ``reference`` are medians of the runs, ``ratio`` is one over the other."""

    name: str
    ours: float
    reference: float
    unit: str
    goal: str
    ours_runs: tuple[float, ...] = field(default=())
    reference_runs: tuple[float, ...] = field(default=())

    @property
    def ratio(self) -> float:
        """Ours over the reference."""
        return self.ours / self.reference

    @property
    def met(self) -> bool:
        """Whether the ratio is on the right side of the goal, which reads ``>= 0.5`` or ``<= 4``."""
        sign, _, number = self.goal.partition(" ")
        return self.ratio >= float(number) if sign == ">=" else self.ratio <= float(number)


async def compare(name: str, goal: str, unit: str, ours: Side, reference: Side, *, rounds: int) -> Figure:
    """Run both sides ``rounds`` times, taking turns over who goes first, after one unmeasured run of each."""
    await reference()
    await ours()
    found: dict[Side, list[float]] = {ours: [], reference: []}
    for number in range(rounds):
        for side in (ours, reference) if number % 2 else (reference, ours):
            found[side].append(await side())
    return Figure(
        name,
        statistics.median(found[ours]),
        statistics.median(found[reference]),
        unit,
        goal,
        tuple(found[ours]),
        tuple(found[reference]),
    )

"""What a run found: figures side by side, and every difference between them by its kind."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["lost", "doubled", "out of order", "stuck", "broken", "unforeseen"]
KINDS: tuple[Kind, ...] = ("lost", "doubled", "out of order", "stuck", "broken", "unforeseen")
"""``broken``: a ledger that does not verify, or two copies that differ. ``unforeseen``: an answer nobody should get."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be; ``where`` names the comparison."""

    kind: Kind
    where: str
    what: str


@dataclass(frozen=True)
class Comparison:
    """Two counts that belong together."""

    name: str
    left: int
    right: int
    repeated: int = 0
    """Sent again on the wire, which receivers drop: no fault."""


@dataclass
class Findings:
    """Comparisons and findings of one run."""

    comparisons: list[Comparison] = field(default_factory=list[Comparison])
    found: list[Finding] = field(default_factory=list[Finding])

    def note(self, kind: Kind, where: str, things: Iterable[object]) -> None:
        """One finding for each thing."""
        self.found.extend(Finding(kind, where, str(thing)) for thing in things)

    def compare(self, name: str, left: int, right: int, *, repeated: int = 0) -> None:
        """Enter a comparison's figures."""
        self.comparisons.append(Comparison(name, left, right, repeated))

    def counts(self) -> dict[str, int]:
        """How many findings there are of each kind."""
        counted = Counter(finding.kind for finding in self.found)
        return {kind: counted[kind] for kind in KINDS}


def sequence_faults(name: str, places: Iterable[int], expected: int) -> tuple[list[str], list[str], list[str], int]:
    """Lost, invented and out-of-order places of one dense sequence as it was read, and how many came again.

    What comes again after something later is a repetition, and no fault; what comes for the first time after something
    later is out of order.
    """
    seen: set[int] = set()
    newest = repeated = 0
    disordered: list[str] = []
    for place in places:
        if place in seen:
            repeated += 1
            continue
        if place != newest + 1:
            disordered.append(f"{name}: {place} came after {newest}")
        seen.add(place)
        newest = max(newest, place)
    lost = [f"{name}: {place}" for place in range(1, expected + 1) if place not in seen]
    invented = [f"{name}: {place}" for place in sorted(seen) if place > expected]
    return lost, invented, disordered, repeated

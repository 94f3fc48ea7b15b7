"""Rules that a council may set to refuse, to warn or off: which of them stood in the way, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from councils.guards import GUARDS, Warned


@dataclass
class Guards:
    """The levels in force by code (the guard's own where none is named), and what was let through all the same."""

    levels: Mapping[str, str] = field(default_factory=dict[str, str])
    _warned: list[Warned] = field(default_factory=list[Warned])

    def refuses(self, code: str) -> bool:
        """Whether a guard that stands in the way refuses; where it does not, that it stood there is kept."""
        known = GUARDS.get(code)
        level = self.levels.get(code, known.level if known else "refuse")
        if level == "refuse":
            return True
        warned = Warned(code, level)
        if warned not in self._warned:
            self._warned.append(warned)
        return False

    @property
    def warned(self) -> tuple[Warned, ...]:
        """Every guard that stood in the way and let the act through, with its level."""
        return tuple(self._warned)

"""How a rule is told in a test: given what happened, when a command arrives, then events, nothing, or a refusal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.decider import Acting, Decider, Refused


@dataclass(frozen=True)
class Outcome:
    """What one command led to: events, or the refusal."""

    events: Sequence[Any]
    refused: Refused | None

    def then(self, *events: Any) -> None:
        """Exactly these whole events, in this order; at least one (`then_nothing` says none)."""
        assert events, "then() needs an event; say then_nothing() for none"
        assert self.refused is None, f"refused instead: {self.refused}"
        assert list(self.events) == list(events)

    def then_nothing(self) -> None:
        """Accepted, and there was nothing to do."""
        assert self.refused is None, f"refused instead: {self.refused}"
        assert list(self.events) == []

    def then_refused(self, code: str, *, failing: Sequence[str] | None = None) -> Refused:
        """Refused with this code and, where given, exactly these failing codes in this order."""
        assert self.refused is not None, f"not refused; events: {list(self.events)}"
        assert self.refused.code == code, str(self.refused)
        if failing is not None:
            assert [one.code for one in self.refused.failing] == list(failing)
        return self.refused


@dataclass(frozen=True)
class Given:
    """A stream with a history."""

    decider: Decider[Any, Any, Any]
    events: tuple[Any, ...]

    def and_then(self, *events: Any) -> "Given":
        """The same stream, later."""
        return Given(self.decider, (*self.events, *events))

    def state(self) -> Any:
        """What the history folds to."""
        return self.decider.fold(self.events)

    def when(self, command: Any, acting: Acting[Any]) -> Outcome:
        """Decide one command against the history, under what it is decided."""
        state = self.state()
        try:
            return Outcome(list(self.decider.decide(command, state, acting)), None)
        except Refused as refused:
            return Outcome((), refused)


def given(decider: Decider[Any, Any, Any], *events: Any) -> Given:
    """A stream in which ``events`` have happened."""
    return Given(decider, events)

"""Chance that repeats: the same seed gives the same draws on every machine and in every release of Python."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")


class Chance:
    """Draws from one seeded source, by way of the two methods that are promised to repeat."""

    def __init__(self, seed: str) -> None:
        self._source = Random(seed)

    def share(self) -> float:
        """At least 0, below 1."""
        return self._source.random()

    def between(self, least: int, most: int) -> int:
        """A whole number from `least` to `most`, both included."""
        return least + int(self._source.random() * (most - least + 1))

    def percent(self, of_a_hundred: int) -> bool:
        """True in so many cases of a hundred."""
        return self._source.random() * 100 < of_a_hundred

    def of(self, among: Sequence[T]) -> T:
        """One of them, all alike."""
        return among[self.between(0, len(among) - 1)]

    def weighted(self, among: Sequence[tuple[int, T]]) -> T:
        """One of them, in proportion to its weight."""
        left = self._source.random() * sum(weight for weight, _ in among)
        for weight, one in among:
            left -= weight
            if left < 0:
                return one
        return among[-1][1]

    def id(self) -> str:
        """An opaque id."""
        return str(UUID(int=self._source.getrandbits(128), version=4))

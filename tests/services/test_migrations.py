"""A service's migrations are applied in the order of their names: each has a number of its own."""

from collections import Counter
from pathlib import Path

import services

TWICE = {"intake 0002"}
"""Two that were released under one number: what was applied keeps its name."""


def test_each_migration_of_a_service_has_a_number_of_its_own() -> None:
    root = Path(services.__file__).parent
    found = Counter(f"{file.parents[1].name} {file.name[:4]}" for file in root.glob("*/migrations/*.sql"))
    assert {number for number, files in found.items() if files > 1} == TWICE

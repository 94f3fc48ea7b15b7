"""A past case that is in order, as JSON and as a row of a table, to be altered one thing at a time."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from panelbook.importing.files import Line, read_lines

CASE: Mapping[str, Any] = {
    "case": "2025/0017",
    "kind": "SUPPORT_PLAN",
    "person": {"id": "p-17", "name": "Wren Ashdown", "born_on": "1951-03-04"},
    "received_at": "2026-03-02T09:00:00Z",
    "indicative_weekly_pence": 50_000,
    "weekly_pence": 48_000,
    "originator": "worker-1",
    "team": "team-1",
    "team_manager": "manager-1",
    "service": "service-1",
    "service_manager": "manager-2",
    "family": [{"party": "p-17", "relationship": "person", "name": "Wren Ashdown"}],
    "sections": {"needs": "Help at table.", "outcomes": "To stay at home.", "plan": "Two visits a day."},
    "voices": [{"party": "p-17", "views": "I want to stay."}],
    "decided": {
        "outcome": "AGREED",
        "made": "DELEGATED",
        "role": "practice_manager",
        "at": "2026-03-09T09:00:00Z",
        "route": "DELEGATED",
    },
}

CELLS: Mapping[str, str] = {
    "case": "2025/0017",
    "kind": "SUPPORT_PLAN",
    "person.id": "p-17",
    "person.name": "Wren Ashdown",
    "person.born_on": "1951-03-04",
    "received_at": "2026-03-02T09:00:00Z",
    "indicative_weekly_pence": "50000",
    "weekly_pence": "48000",
    "originator": "worker-1",
    "team": "team-1",
    "team_manager": "manager-1",
    "service": "service-1",
    "service_manager": "manager-2",
    "family": json.dumps(CASE["family"]),
    "sections.needs": "Help at table.",
    "voices": json.dumps(CASE["voices"]),
    "decided.outcome": "AGREED",
    "decided.made": "DELEGATED",
    "decided.role": "practice_manager",
    "decided.at": "2026-03-09T09:00:00Z",
    "decided.route": "DELEGATED",
}


def table(*rows: Mapping[str, str], headings: Sequence[str] = (), separator: str = ",") -> str:
    """Rows under their headings, as a spreadsheet saves them."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    names = list(headings) or list(dict.fromkeys(name for row in rows for name in row))
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return text.getvalue()


def read(folder: Path, content: str | bytes, name: str = "cases.csv", encoding: str | None = None) -> list[Line]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_lines(path, encoding))


def found(lines: Sequence[Line]) -> list[tuple[int, list[tuple[str, str]]]]:
    """Each row by its line, with the pointers and codes of what is wrong with it."""
    return [(line.number, [(one.pointer, one.code) for one in line.failing]) for line in lines]

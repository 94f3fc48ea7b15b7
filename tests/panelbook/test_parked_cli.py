"""``panelbook parked list``: a line for whatever is parked, aside or waiting, and what releases it (DOMAIN.md, G7)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from bus import parked
from panelbook import parked_cli

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)


def one(number: int, state: str) -> parked.Parked:
    place = {"source": "panel", "type": "uk.panelbook.panel.sitting.scheduled.v1", "epoch": 1, "sequence": number}
    found = {"topic": "panel.events", "partition": 0, "offset": number, "next_try_at": NOW, "parked_at": NOW}
    gone = {"dropped_by": "", "dropped_reason": "", "dropped_at": None}
    return parked.Parked(
        number, "c4d81e", f"case-{number}", stops_council=False, state=state, reason="why", tries=0,
        **place, **found, **gone, value=b"sealed words",
    )  # fmt: skip


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[parked.Parked]:
    """What a service's table holds."""
    rows: list[parked.Parked] = []

    @asynccontextmanager
    async def no_pool(folder: Any, service: str) -> AsyncIterator[None]:
        yield None

    async def found(pool: Any, council: str | None, *, dropped: bool) -> list[parked.Parked]:
        return rows

    monkeypatch.setattr(parked_cli, "_pool", no_pool)
    monkeypatch.setattr(parked, "list_parked", found)
    monkeypatch.setenv("COLUMNS", "400")
    return rows


def test_every_state_is_listed_with_its_place_and_what_releases_it(listed: list[parked.Parked]):
    """An operator sees at one look what goes on by itself and what waits for them; no content."""
    listed += [one(number, state) for number, state in enumerate(parked.GOES_ON, start=1)]
    shown = CliRunner().invoke(parked_cli.app, ["list", "--service", "intake"])
    assert shown.exit_code == 0
    for row in listed:
        [line] = [line for line in shown.stdout.splitlines() if f"case-{row.id}" in line]
        assert row.state in line
        assert f"panel 1/{row.sequence}" in line
        assert parked.GOES_ON[row.state] in line
    assert "sealed" not in shown.stdout


def test_an_empty_list_says_so(listed: list[parked.Parked]):
    """Nothing parked, aside or waiting in any of the five services."""
    assert CliRunner().invoke(parked_cli.app, ["list"]).stdout == "Nothing is parked, aside or waiting.\n"

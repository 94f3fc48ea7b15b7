"""The bench runs in a tiny form and writes what it promises; nothing here is about how fast anything is."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.__main__ import ROWS, keep
from bench.curves import picture
from bench.measuring import Figure, compare

REPOSITORY = Path(__file__).parents[2]


async def test_sides_take_turns_and_the_ratio_is_of_medians() -> None:
    order: list[str] = []
    ours_gives, reference_gives = iter([9.0, 1.0, 2.0, 6.0]), iter([9.0, 4.0, 4.0, 5.0])

    async def ours() -> float:
        order.append("ours")
        return next(ours_gives)

    async def reference() -> float:
        order.append("reference")
        return next(reference_gives)

    figure = await compare("a / b", ">= 0.6", "rows/s", ours, reference, rounds=3)
    unmeasured, first, second, third = order[:2], order[2:4], order[4:6], order[6:]
    assert unmeasured == ["reference", "ours"]
    assert first == third == second[::-1]
    assert (figure.ours, figure.reference, figure.ratio) == (2.0, 4.0, 0.5)
    assert not figure.met


@pytest.mark.parametrize(("goal", "met"), [(">= 0.5", True), (">= 0.51", False), ("<= 0.5", True), ("<= 0.49", False)])
def test_a_goal_is_met_from_its_own_side(goal: str, met: bool) -> None:
    assert Figure("a / b", 1.0, 2.0, "rows/s", goal).met == met


def test_a_picture_shows_every_point_of_every_curve() -> None:
    drawn = picture({"first": {1: 10.0, 2: 20.0}, "second": {1: 1234.0}})
    assert drawn.count("<circle") == 3
    assert "1,234" in drawn


def test_rows_measured_alone_take_the_place_of_their_older_figures_and_of_no_other(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    keep([{"name": "a", "ours": 1}, {"name": "b", "ours": 2}], results, afresh=False)
    keep([{"name": "c", "ours": 3}, {"name": "a", "ours": 4}], results, afresh=False)
    rows = json.loads(results.read_text(encoding="utf-8"))
    assert rows == [{"name": "a", "ours": 4}, {"name": "b", "ours": 2}, {"name": "c", "ours": 3}]
    keep([{"name": "b", "ours": 5}], results, afresh=True)
    assert json.loads(results.read_text(encoding="utf-8")) == [{"name": "b", "ours": 5}]


def run(arguments: list[str], results: Path) -> list[dict[str, Any]]:
    """The bench as a process of its own, as `make bench` starts it."""
    command = [sys.executable, "-m", "bench", *arguments, "--tiny", "--results", str(results)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(results.read_text(encoding="utf-8"))


@pytest.mark.connected
def test_every_row_but_those_of_a_whole_panelbook_runs_in_a_tiny_form(tmp_path: Path) -> None:
    wanted = [name for name in ROWS if not name.startswith(("idle memory", "storm", "history"))]
    rows = run([*wanted, "history"], tmp_path / "results.json")
    assert [row["name"] for row in rows[: len(wanted)]] == wanted
    assert rows[-1]["name"].startswith("history ")
    for row in rows:
        assert row.keys() >= {"name", "ours", "reference", "ratio", "unit", "goal", "met", "machine"}
        assert row["ours"] > 0
        assert row["ratio"] == pytest.approx(row["ours"] / row["reference"])
    assert rows[0]["machine"].keys() >= {
        "measured_at",
        "load_at_start",
        "processors",
        "python",
        "postgresql",
        "asyncpg",
        "eventsourcing",
    }

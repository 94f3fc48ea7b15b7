"""Synthetic years repeat byte for byte, keep to the public figures, and go in through the rules of the form."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from councils.packs import pack_settings, packs
from ledger.decider import By
from panelbook.caseload import figures
from panelbook.caseload.year import digest, lines, year
from panelbook.importing.files import read_lines
from panelbook.importing.taking_in import take_in
from services.intake.imports.domain.past_case import import_case
from services.intake.imports.forms import PastCaseForm
from services.intake.main import SERVICE
from tests.databases import Databases
from tests.services.house import SWINDON, open_house
from tests.services.intake.doors import settings_heard

SINCE = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2027, 6, 1, tzinfo=UTC)
RECORDS = By("officer-ro", "records_officer")
PACKS = {slug: pack_settings(slug, version=1, in_force_from=SINCE) for slug in packs()}


def written(folder: Path, slug: str, count: int, of: int = 2025) -> Path:
    path = folder / f"{slug}.jsonl"
    path.write_text("".join(line + "\n" for line in lines(year(PACKS[slug], of, 1, most=count))), encoding="utf-8")
    return path


def rows(path: Path) -> list[PastCaseForm]:
    found = list(read_lines(path))
    assert [line.failing for line in found if line.row is None] == []
    return [line.row for line in found if line.row is not None]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_gives_others() -> None:
    swindon = PACKS["swindon"]
    assert digest(year(swindon, 2026, 1, most=40)) == digest(year(swindon, 2026, 1, most=40))
    assert digest(year(swindon, 2026, 1, most=40)) != digest(year(swindon, 2026, 2, most=40))


def test_a_childrens_council_has_the_looked_after_children_and_moves_of_an_average_one() -> None:
    count = sum(1 for _ in year(PACKS["swindon"], 2026, 1))
    assert count == figures.LOOKED_AFTER_CHILDREN + figures.PLACEMENT_MOVES == 979


def test_cases_come_in_the_order_of_their_receipt_with_references_of_their_own() -> None:
    cases = list(year(PACKS["shropshire"], 2026, 1, most=60))
    received = [case["received_at"] for case in cases]
    assert received == sorted(received)
    assert len({case["case"] for case in cases}) == 60


@pytest.mark.parametrize("slug", PACKS)
def test_every_synthetic_case_goes_in_through_the_rules_of_its_council(slug: str, tmp_path: Path) -> None:
    for row in rows(written(tmp_path, slug, 40)):
        events = import_case(RECORDS, PACKS[slug], row.past_case(PACKS[slug].id), NOW)
        assert events, row.case


def test_a_csv_file_holds_the_same_cases_as_json_lines(tmp_path: Path) -> None:
    json_lines = written(tmp_path, "swindon", 5)
    told = [json.loads(line) for line in json_lines.read_text(encoding="utf-8").splitlines()]
    table = tmp_path / "swindon.csv"
    names = sorted({column for case in told for column in flat(case)})
    cells = [",".join(names)]
    cells += [",".join('"' + flat(case).get(name, "").replace('"', '""') + '"' for name in names) for case in told]
    table.write_text("\n".join(cells) + "\n", encoding="utf-8")
    assert rows(table) == rows(json_lines)


def flat(case: dict[str, Any], before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in case.items():
        if isinstance(value, dict):
            found |= flat(value, f"{before}{name}.")
        elif value is not None:
            found[before + name] = value if isinstance(value, str) else json.dumps(value)
    return found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "This is no JSON."),
        ("[]", "This must be an object."),
        ('{"case": 7}', "This must be a text."),
        ('{"case": "A name that must not be repeated"}', "This is not written as it must be."),
    ],
)
def test_a_row_that_cannot_be_read_says_why_and_never_what_it_says(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(text + "\n", encoding="utf-8")
    (line,) = read_lines(path)
    assert (line.number, line.row, line.case, line.failing[0].sentence) == (1, None, None, why)
    assert "must not be repeated" not in str(line.failing)


@pytest.mark.connected
async def test_a_file_goes_in_once_however_often_and_its_wrong_rows_are_named(
    databases: Databases, tmp_path: Path
) -> None:
    path = written(tmp_path, "swindon", 30, of=2025)
    good = path.read_text(encoding="utf-8").splitlines()
    late = json.loads(good[4]) | {"case": "late-1", "sitting_on": "2020-01-07"}
    twice = json.loads(good[7])
    path.write_text("\n".join([*good, json.dumps(late), json.dumps(twice), "nonsense"]) + "\n", encoding="utf-8")
    async with open_house(SERVICE, databases, tmp_path) as house:
        await settings_heard(house)
        half = iter(list(read_lines(path))[:12])
        first = await take_in(house.host, SWINDON, RECORDS, half)
        assert (first.taken, first.already, first.refused) == (12, 0, [])
        second = await take_in(house.host, SWINDON, RECORDS, read_lines(path))
        assert (second.taken, second.already) == (18, 12)
        assert [(one["line"], one["case"], one["failing"][0]["code"]) for one in second.refused] == [
            (31, "late-1", "LATE"),
            (32, twice["case"], "CASE_TWICE"),
            (33, None, "UNREADABLE"),
        ]
        stored = Counter(row.name for row in await house.stored())
        assert stored["intake.application.imported"] == stored["intake.application.started"] == 30
        types = Counter(type_.split(".")[-2] for type_, _, _ in await house.told())
        assert types == {"imported": 30}

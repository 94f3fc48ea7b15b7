"""The page on settings names every field, code and pack that there is, and no other."""

import re
from pathlib import Path

from councils.facts import INPUTS, RESOURCE_INPUTS
from councils.guards import GUARDS
from councils.packs import packs

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/publish-settings.md").read_text(encoding="utf-8")
REFUSED = PAGE.partition("## What is refused")[2].partition("## Guards")[0]


def first_cells(text: str, heading: str) -> list[str]:
    table = text.partition(heading)[2].partition("\n\n")[0]
    return [name for row in table.splitlines()[1:] for name in re.findall(r"`([A-Za-z_]+)`", row.split("|")[1])]


def sorts(text: str, heading: str) -> dict[str, str]:
    table = text.partition(heading)[2].partition("\n\n")[0]
    rows = [row.split("|") for row in table.splitlines() if row.startswith("| `")]
    return {name: row[2].strip() for row in rows for name in re.findall(r"`([A-Za-z_]+)`", row[1])}


def test_every_field_that_a_column_may_look_at_is_on_the_page_with_its_sort() -> None:
    whole, lines = PAGE.split("Only `exclusions` may look at these as well:")
    heading = "| Field | Sort | What it is |"
    assert sorts(whole, heading) == INPUTS
    assert sorts(lines, heading) == {name: RESOURCE_INPUTS[name] for name in RESOURCE_INPUTS.keys() - INPUTS.keys()}


def test_every_pack_is_on_the_page() -> None:
    assert sorted(first_cells(PAGE, "| Pack | What it shows |")) == sorted(packs())


def test_every_code_that_publishing_may_refuse_with_is_on_the_page() -> None:
    sources = "".join(
        (ROOT / "councils" / name).read_text(encoding="utf-8") for name in ("checks.py", "tables.py", "jdm.py")
    )
    raised = set(re.findall(r'Defect\([^"]*(?:f?"[^"]*", )?"([A-Z_]{8,})"', sources)) | set(
        re.findall(r'"((?:TABLE|FORUM|EXCEPTION|SETTINGS|TERMS)_[A-Z_]+)"', sources)
    )
    assert raised == set(first_cells(REFUSED, "| Code | Because |"))


def test_every_guard_is_asked_by_some_service() -> None:
    """A level that nothing honours would be a promise that nobody keeps."""
    asked = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "services").rglob("*.py")))
    assert [code for code in GUARDS if f'"{code}"' not in asked] == []

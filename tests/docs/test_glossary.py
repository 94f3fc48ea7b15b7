"""The glossary names what is in the code, and has each word once."""

import re
from collections import Counter
from functools import cache

import pytest

from tests.generated.files import ROOT, read
from tests.lints import names

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in read("docs/glossary.md").splitlines()
    if line.startswith("| ") and not line.startswith(("| Ours", "| Word"))
]
IN_THE_CODE = sorted({name for row in ROWS for name in re.findall(r"`(\w+)`", row[2 if len(row) == 3 else 3])})


@cache
def known() -> frozenset[str]:
    files = [path for folder in (*names.CHECKED, "tests/histories") for path in (ROOT / folder).rglob("*.py")]
    given = {name for path in files for _, name in names.given(path.read_text(encoding="utf-8"))}
    return frozenset(given | {path.stem for path in files})


def test_a_word_has_one_line() -> None:
    assert [word for word, times in Counter(row[0] for row in ROWS).items() if times > 1] == []
    assert len(ROWS) > 50


@pytest.mark.parametrize("name", IN_THE_CODE)
def test_what_the_glossary_names_is_in_the_code(name: str) -> None:
    assert name in known()

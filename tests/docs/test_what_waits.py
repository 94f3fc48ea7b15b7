"""The page on what waits for somebody names every code that there is."""

import re
from pathlib import Path

from edge.me import What

PAGE = Path(__file__).parents[2] / "docs/how-to/what-waits-for-me.md"


def test_the_page_names_every_code_and_no_other() -> None:
    named = {code for row in re.findall(r"^\| (`[A-Z_`, ]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
             for code in re.findall(r"[A-Z_]+", row)}  # fmt: skip
    assert named == {one.value for one in What}

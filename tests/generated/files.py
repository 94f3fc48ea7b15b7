"""What generated files have in common: where they lie, what stands between markers, and whether they are stale."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]

Files = Mapping[str, str | None]
"""Paths from the root of the tree with their whole text; None for a file that should not be there any more."""


def between(text: str, name: str, lines: Sequence[str]) -> str:
    """``text`` with the lines between its two markers of that name replaced. Raises LookupError without the markers."""
    begin, end = f"<!-- generated: {name} -->\n", f"<!-- end of {name} -->"
    pattern = re.compile(f"({re.escape(begin)}).*?({re.escape(end)})", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise LookupError(f"no place for what is generated: {begin.strip()} ... {end} must stand there once")
    return pattern.sub(lambda found: f"{found[1]}{''.join(f'{line}{chr(10)}' for line in lines)}{found[2]}", text)


def read(path: str) -> str:
    """A file of the tree."""
    return (ROOT / path).read_text(encoding="utf-8")


def stale(files: Files) -> list[str]:
    """The paths of those that are not on disk as they should be."""
    return [path for path, text in files.items() if _there(path) != text]


def write(files: Files) -> None:
    """Make each file what it should be."""
    for path in stale(files):
        text = files[path]
        if text is None:
            (ROOT / path).unlink()
        else:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(text, encoding="utf-8")


def _there(path: str) -> str | None:
    return read(path) if (ROOT / path).is_file() else None

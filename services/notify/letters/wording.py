"""What messages say: one text per letter, filled in only while it is being sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

LETTERS = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "texts"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # plain text: escaping would change words that must be quoted as they are
)


@dataclass(frozen=True)
class Rendered:
    """A letter ready to be put in an envelope."""

    subject: str
    text: str


def render(letter: str, facts: Mapping[str, str], quoted: Mapping[str, Sequence[str]]) -> Rendered:
    """Fill in a letter. ``facts`` are plain, ``quoted`` are a person's words and stand word for word (DOMAIN D3)."""
    rendered = LETTERS.get_template(f"{letter}.txt").render({**facts, **quoted})
    first, _, rest = rendered.partition("\n")
    return Rendered(first.removeprefix("Subject: ").strip(), rest.strip() + "\n")


def day(of: date) -> str:
    """20 October 2026."""
    return f"{of.day} {of:%B %Y}"


def long_day(of: date) -> str:
    """Tuesday 20 October 2026."""
    return f"{of:%A} {day(of)}"


def minute(of: datetime) -> str:
    """20 October 2026 at 17:00."""
    return f"{day(of)} at {of:%H:%M}"


def second(of: datetime) -> str:
    """20 October 2026 at 17:00:00."""
    return f"{day(of)} at {of:%H:%M:%S}"


def pounds(pence: int) -> str:
    """£1,234.50."""
    return f"£{pence // 100:,}.{pence % 100:02d}"


def spoken(role: str) -> str:
    """A role's code in words."""
    return role.replace("_", " ")

"""Writes the catalogue of refusal codes, `contracts/problems.json` and `docs/codes.md`, from the source.

What a code means stands in ``contracts/problems.yaml``; its status, its sentences, its rule and its routes are read.
"""

import json
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import cache

import yaml

from contracts.problems import ADVICE, GENERATED, WRITTEN, Meaning, Rule
from councils.guards import GUARDS
from edge.problems import FIELD_CODES
from panelbook.catalogue import CATALOGUE
from tests.generated.files import ROOT, Files
from tests.generated.reach import everything, said_by
from tests.generated.source import Said

PAGE = "docs/codes.md"

_WHAT = (
    "Every code with which something is refused, and by which a field of a form can fail. Written from the source and"
    " `contracts/problems.yaml` by `make generate`; the running system serves the same at `/problems` and"
    " `/problems/<code>`, which is the `type` of each problem document. A code has one status and one title everywhere."
)


def files() -> Files:
    """The catalogue and its page, by their paths."""
    found = meanings()
    listed = [asdict(one) for one in found]
    whole = json.dumps({"problems": listed}, indent=1, ensure_ascii=False) + "\n"
    return {GENERATED.relative_to(ROOT).as_posix(): whole, PAGE: "\n".join(_page(found)) + "\n"}


@cache
def meanings() -> list[Meaning]:
    """Every code with everything that is known of it."""
    places: dict[str, list[Said]] = defaultdict(list)
    for said in everything():
        places[said.code].append(said)
    routes = _routes()
    codes = {*places, *GUARDS, *(code for code, _ in FIELD_CODES)}
    return [_meaning(code, places.get(code, []), routes.get(code, [])) for code in sorted(codes)]


def statuses(places: Iterable[Said]) -> set[int]:
    """The statuses under which a code is said; a field that fails has none of its own."""
    return {one.status for one in places if not one.field}


def unsaid() -> list[str]:
    """Codes of which it is written what they mean, and that nobody says any more."""
    return sorted(_written().keys() - {one.code for one in meanings()})


def _meaning(code: str, places: list[Said], routes: Iterable[str]) -> Meaning:
    status = min(statuses(places), default=422)
    title, do = _written().get(code, (code.replace("_", " ").capitalize(), ADVICE.get(status, ADVICE[422])))
    guard = GUARDS.get(code)
    rules = {Rule(one.file, one.function, one.sentence, _paragraph(one.doc)) for one in places}
    shape = [sentence for known, sentence in FIELD_CODES if known == code]
    rules |= {Rule("edge/problems.py", "of_validation", sentence, "") for sentence in shape}
    source = f"{guard.asks} ({guard.source}; a level: {guard.level})" if guard else ""
    ordered = sorted(rules, key=lambda one: (one.file, one.function, one.sentence))
    return Meaning(code, status, title, do, source, tuple(ordered), tuple(routes))


def _paragraph(doc: str) -> str:
    """What a docstring says of the rule: without the codes, which stand beside it, and with its source."""
    return " ".join(re.sub(r"Raises (Refused|Problem)[^.(]*(\([^)]*\))?\.?", r"\2", doc).split())


@cache
def _written() -> Mapping[str, tuple[str, str]]:
    read = yaml.safe_load(WRITTEN.read_text(encoding="utf-8"))
    return {code: (title, do) for code, (title, do) in read.items()}


def _routes() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for service in CATALOGUE.values():
        for router in service.routers:
            for route in router.routes:
                endpoint = getattr(route, "endpoint")  # noqa: B009 - routes of other kinds have none
                for code in sorted({one.code for one in said_by(endpoint.__module__, endpoint.__name__)}):
                    found[code].append(f"{service.name} {endpoint.__name__}")
    return found


def _page(found: list[Meaning]) -> Iterator[str]:
    yield "# Codes"
    yield ""
    yield from textwrap.wrap(_WHAT, 118, break_on_hyphens=False)
    yield ""
    yield "| Code | Status | What it means | What to do | The rule, and where it stands |"
    yield "|---|---|---|---|---|"
    for one in found:
        cells = (f"`{one.code}`", str(one.status), one.title, one.do, "<br>".join(_rules(one)))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _rules(meaning: Meaning) -> Iterator[str]:
    if meaning.source:
        yield meaning.source
    for file, function, rule in sorted({(one.file, one.function, one.rule) for one in meaning.rules}):
        yield f"{_plain(rule)} [{function}](../{file})".strip()


def _plain(rule: str) -> str:
    return rule.replace("``", "`").replace("[", "(").replace("]", ")").replace("<", "&lt;")

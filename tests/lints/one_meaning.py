"""A refusal code has one meaning and one place: one status wherever it stands, and one service that says it.

The reason: whoever is refused searches for the code, and systems outside compare it. A code that is 409 here and 422
there, or that two services explain in different words, sends the one to the wrong rule and makes the other guess.
Within a service one code may be said in several sentences, where each says what stands in the way just then. What two
services say alike is one meaning; what they must say differently is listed below with its reason.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKED = ("ledger", "bus", "edge", "services")
KINDS = {
    "not_allowed": "403",
    "not_found": "404",
    "wrong_state": "409",
    "rule_broken": "422",
    "not_ready": "503",
}
"""What makes a refusal, with its code as first argument, and the status; `Problem` says its own before the code."""

ALLOWED: Mapping[str, str] = {
    "COST_MISSING": "intake needs a cost to say where a draft would go, panel to say who decides in an emergency",
    "COSTS_DO_NOT_ADD_UP": "intake names the member that does not fit, routing the costs as a whole",
    "IN_THE_FUTURE": "each names the field whose day lies ahead",
    "LATE": "intake offers the next sitting; panel refuses a place on the agenda of this one",
    "PARTY_UNKNOWN": "record says who is taken although no form names them, notify whom a task is about",
    "SELF_APPROVAL": "each names the step that one person may not take after another of theirs",
    "UNKNOWN_KIND": "routing was asked about a kind that no settings know, intake about one no longer taken",
}


@dataclass(frozen=True)
class Said:
    """One place where a code is said: with which status ('' for a failing field), and in which sentence."""

    file: str
    line: int
    status: str
    sentence: str

    @property
    def service(self) -> str:
        """Who says it: a service, or one of the packages that all of them stand on."""
        parts = self.file.split("/")
        return parts[1] if parts[0] == "services" and len(parts) > 2 else parts[0]


def said(source: str, file: str) -> Iterator[tuple[str, Said]]:
    """Every code in a module's source that a refusal or a failing field is made with."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        arguments = node.args[1:] if name in ("Failing", "Problem") else node.args
        known = name in KINDS or name in ("Failing", "Problem")
        if known and len(arguments) > 1 and (code := _text(arguments[0])):
            # A sentence that is made elsewhere is like no other.
            sentence = _text(arguments[1]) or f"{file}:{node.lineno}"
            status = ast.unparse(node.args[0]) if name == "Problem" else KINDS.get(name, "")
            yield code, Said(file, node.lineno, status, sentence)


def complaints(places: Mapping[str, list[Said]]) -> Iterator[str]:
    """One line for each code with two statuses, and for each that two services say differently."""
    for code, found in sorted(places.items()):
        where = ", ".join(f"{one.file}:{one.line}" for one in found)
        if len(statuses := sorted({one.status for one in found} - {""})) > 1:
            yield f"{code} is {' and '.join(statuses)}: {where}"
        sentences = {one.service: {two.sentence for two in found if two.service == one.service} for one in found}
        differ = len({frozenset(one) for one in sentences.values()}) > 1
        if differ and code not in ALLOWED:
            yield f"{code} is said differently by {' and '.join(sorted(sentences))}: {where}"
        if not differ and code in ALLOWED:
            yield f"{code} is said by one alone now; take it from the list of this lint"


def check(root: Path) -> list[str]:
    """Every complaint about the tree at `root`."""
    places: dict[str, list[Said]] = defaultdict(list)
    for folder in CHECKED:
        for path in sorted((root / folder).rglob("*.py")):
            for code, one in said(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()):
                places[code].append(one)
    return list(complaints(places))


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in values)
        case _:
            return ""


def main() -> int:
    found = check(Path.cwd())
    print("\n".join(found) or "Every refusal code has one meaning.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""The product's own source, read without running it: what a name stands for, and what a function can refuse with."""

import ast
import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.generated.files import ROOT

READ = ("councils", "ledger", "bus", "edge", "services", "panelbook")

STATUSES: Mapping[str, int] = {
    "not_allowed": 403,
    "not_found": 404,
    "wrong_state": 409,
    "rule_broken": 422,
    "not_ready": 503,
    "Failing": 422,
    "Defect": 422,
    "unacceptable": 422,
    "Section": 422,
    "Unlike": 422,
}
"""What makes a refusal or a failing field, and its status; `Problem` and `Refused` say theirs in their first word."""

KINDS = {"NOT_ALLOWED": 403, "NOT_FOUND": 404, "WRONG_STATE": 409, "STALE_VERSION": 412, "RULE_BROKEN": 422}

PASSED_ON = frozenset({"code", "worst"})
"""Names that stand for a code which was given elsewhere."""


@dataclass(frozen=True)
class Said:
    """One place where a code is said: the status, the sentence with `{}` for what is filled in, and the function."""

    code: str
    status: int
    sentence: str
    file: str
    function: str
    doc: str
    field: bool = False


@dataclass(frozen=True)
class Place:
    """Something that a module defines at its top, or a method of one of its classes."""

    module: str
    name: str
    node: ast.AST = field(compare=False, hash=False)


@dataclass(frozen=True)
class Module:
    """One file: what it defines, and what it takes from elsewhere under which name."""

    name: str
    file: str
    defines: Mapping[str, ast.AST]
    takes: Mapping[str, tuple[str, str]]


@cache
def modules() -> Mapping[str, Module]:
    """Every module of the product by its dotted name."""
    found: dict[str, Module] = {}
    for folder in READ:
        for path in sorted((ROOT / folder).rglob("*.py")):
            file = path.relative_to(ROOT).as_posix()
            name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            found[name] = _module(name, file, ast.parse(path.read_text(encoding="utf-8")))
    return found


def _module(name: str, file: str, tree: ast.Module) -> Module:
    defines: dict[str, ast.AST] = {}
    takes: dict[str, tuple[str, str]] = {}
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                defines[node.name] = node
            case ast.Assign(targets=[ast.Name(id=target)]) | ast.AnnAssign(target=ast.Name(id=target)):
                defines[target] = node
            case ast.ImportFrom(module=str(origin)):
                takes.update({one.asname or one.name: (origin, one.name) for one in node.names})
            case ast.Import():
                takes.update({one.asname: (one.name, "") for one in node.names if one.asname})
            case _:
                pass
    return Module(name, file, defines, takes)


def resolve(module: str, name: str) -> Place | str | None:
    """What a name at the top of a module stands for: something defined, a module by its name, or nothing of ours."""
    known = modules().get(module)
    if known is None:
        return None
    if name in known.defines:
        return Place(module, name, known.defines[name])
    origin, taken = known.takes.get(name, ("", ""))
    whole = f"{origin}.{taken}".removesuffix(".")
    if whole in modules():
        return whole
    return resolve(origin, taken) if origin in modules() else None


@cache
def methods() -> Mapping[str, Sequence[Place]]:
    """Every method and property of the product by its name."""
    found: dict[str, list[Place]] = {}
    for module in modules().values():
        for name, node in module.defines.items():
            for one in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and not one.name.startswith("__"):
                    found.setdefault(one.name, []).append(Place(module.name, f"{name}.{one.name}", one))
    return found


def method_of(place: Place, name: str) -> Place | None:
    """A method of one class, or of what it is made from."""
    if not isinstance(place.node, ast.ClassDef):
        return None
    for one in place.node.body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name == name:
            return Place(place.module, f"{place.name}.{name}", one)
    bases = [resolve(place.module, base.id) for base in place.node.bases if isinstance(base, ast.Name)]
    return next((found for base in bases if isinstance(base, Place) and (found := method_of(base, name))), None)


@cache
def passing() -> Mapping[str, tuple[int, str, int, bool]]:
    """Functions that are given the code that they say: by name the place of that argument, its default, the status."""
    found: dict[str, tuple[int, str, int, bool]] = {}
    for _ in range(3):
        for module in modules().values():
            for name, node in module.defines.items():
                if isinstance(node, ast.FunctionDef) and name not in STATUSES and module.name != "edge.problems":
                    for call in calls(node):
                        said = _argument(call, found)
                        if said and isinstance(said[0], ast.Name) and said[0].id in _parameters(node):
                            where = _parameters(node).index(said[0].id)
                            found[name] = (where, _default(node, said[0].id), said[1], said[2])
    return found


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """Every call within a piece of source."""
    return (one for one in ast.walk(node) if isinstance(one, ast.Call))


def called(node: ast.Call) -> str:
    """The last word of what is called."""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def said_in(place: Place, node: ast.Call) -> Iterator[Said]:
    """The codes that one call says, if it says any."""
    if called(node) == "not_found":
        yield _said(place, "NOT_FOUND", 404, node, 0)
        return
    found = _argument(node, passing())
    if found is None:
        return
    given, status, is_field, default = found
    for code in _codes(place, given) if given is not None else ([default] if default else ()):
        yield _said(place, code, status, node, 2 if is_field or called(node) in ("Problem", "Refused") else 1, is_field)


def _said(place: Place, code: str, status: int, node: ast.Call, sentence: int, is_field: bool = False) -> Said:
    text = _sentence(place, node.args[sentence]) if len(node.args) > sentence and called(node) not in passing() else ""
    doc = ast.get_docstring(place.node) or "" if isinstance(place.node, _DOCUMENTED) else ""
    first = " ".join(doc.partition("\n\n")[0].split())
    return Said(code, status, text, modules()[place.module].file, place.name, first, is_field)


_DOCUMENTED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _argument(
    node: ast.Call, given_on: Mapping[str, tuple[int, str, int, bool]]
) -> tuple[ast.expr | None, int, bool, str] | None:
    """The argument that is the code, with its status, whether a field fails by it, and the code where none is given."""
    name = called(node)
    by_name = next((one.value for one in node.keywords if one.arg == "code"), None)
    if name in ("Problem", "Refused") and len(node.args) > 1:
        status = node.args[0].value if isinstance(node.args[0], ast.Constant) else 0
        kind = KINDS.get(node.args[0].attr, 0) if isinstance(node.args[0], ast.Attribute) else 0
        return (node.args[1], int(str(status)) or kind, False, "") if status or kind else None
    if name in STATUSES and name != "not_found":
        at = 1 if name in ("Failing", "Defect") else 0
        return (node.args[at], STATUSES[name], at == 1, "") if len(node.args) > at else None
    if name in given_on:
        at, default, status, is_field = given_on[name]
        return (node.args[at] if len(node.args) > at else by_name), status, is_field, default
    return None


def _codes(place: Place, given: ast.expr) -> Iterator[str]:
    """The codes that an argument can be."""
    match given:
        case ast.Constant(value=str(code)):
            yield code
        case ast.IfExp():
            yield from _codes(place, given.body)
            yield from _codes(place, given.orelse)
        case ast.Name(id=name):
            for node in ast.walk(place.node):
                if isinstance(node, ast.Assign) and _is(node.targets, name):
                    yield from _codes(place, node.value)
            if resolve(place.module, name) is not None:
                yield from _evaluated(place, given)
        case ast.Attribute(value=ast.Subscript(value=ast.Name(id=name))) if resolve(place.module, name) is not None:
            yield from _evaluated(place, given)
        case _:
            pass


def _evaluated(place: Place, given: ast.expr) -> Iterator[str]:
    """What an expression of names at the module's top is."""
    value: Any = eval(ast.unparse(given), vars(importlib.import_module(place.module)))
    if isinstance(value, str):
        yield value


def _parameters(node: ast.FunctionDef) -> list[str]:
    return [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]


def _default(node: ast.FunctionDef, name: str) -> str:
    for one, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if one.arg == name and isinstance(value, ast.Constant):
            return str(value.value)
    return ""


def _sentence(place: Place, node: ast.expr) -> str:
    """A sentence as it stands in the call, or was put together just before it."""
    if isinstance(node, ast.Name):
        given = [one.value for one in ast.walk(place.node) if isinstance(one, ast.Assign) and _is(one.targets, node.id)]
        return _text(given[0]) if len(given) == 1 else ""
    return _text(node)


def _is(targets: Sequence[ast.expr], name: str) -> bool:
    return any(isinstance(one, ast.Name) and one.id == name for one in targets)


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in values)
        case _:
            return ""

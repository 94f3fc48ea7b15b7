"""What a route can come to refuse with: its function, what that calls, and the rules of the commands that it gives.

A rule is found through the `match` by which its decider chooses it: of the cases of `match command` only those count
whose command the route makes. A method is looked for by its name in the same service, which finds rather too much than
too little; what the tests see refused and this does not find fails them (`tests/services/house.py`).
"""

import ast
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from functools import cache

from tests.generated.source import Place, Said, called, calls, method_of, methods, modules, resolve, said_in

FORMS = "Form"
UNFOLLOWED = ("ledger.", "bus.", "edge.app", "edge.middleware", "councils.settings")
"""Where nothing of a route's own is refused: what every call can be refused with is said in `edge/openapi.py`."""


@dataclass
class Reached:
    """What was found on the way: places, commands that are made, deciders, and codes."""

    seen: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    makes: set[str] = field(default_factory=set[str])
    deciders: list[Place] = field(default_factory=list[Place])
    said: set[Said] = field(default_factory=set[Said])


def said_by(module: str, function: str) -> Set[Said]:
    """Everything that a route's function can refuse with."""
    place = resolve(module, function)
    assert isinstance(place, Place), f"{module} has no {function}"
    reached = Reached()
    for one in (place, *forms_of(module, function)):
        _follow(one, reached, frozenset())
    for decider in reached.deciders:
        rules = Reached()
        for name in _names(decider.node):
            found = resolve(decider.module, name)
            if isinstance(found, Place) and isinstance(found.node, ast.FunctionDef) and found.name != "evolve":
                _follow(found, rules, frozenset(reached.makes))
        reached.said |= rules.said
    return reached.said


@cache
def everything() -> Set[Said]:
    """Everything that any function of the product says, whichever route comes to it."""
    found: set[Said] = set()
    for module in modules().values():
        for name, node in module.defines.items():
            place = Place(module.name, name, node)
            within = _methods_of(place) if isinstance(node, ast.ClassDef) else (place,)
            found |= {said for one in within for call in calls(one.node) for said in said_in(one, call)}
    return found


def _methods_of(place: Place) -> Iterator[Place]:
    for one in place.node.body if isinstance(place.node, ast.ClassDef) else ():
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Place(place.module, f"{place.name}.{one.name}", one)


def _follow(place: Place, reached: Reached, makes: Set[str]) -> None:
    if (place.module, place.name) in reached.seen or place.module.startswith(UNFOLLOWED):
        return
    reached.seen.add((place.module, place.name))
    if _is_decider(place.node):
        reached.deciders.append(place)
        return
    if isinstance(place.node, ast.ClassDef) and not _is_form(place):
        return
    typed = _typed(place)
    for node in _relevant(place.node, makes, is_form=_is_form(place)):
        if isinstance(node, ast.Call):
            reached.said |= set(said_in(place, node))
            made = _referred(place.module, node.func)
            if isinstance(made, Place) and isinstance(made.node, ast.ClassDef):
                reached.makes.add(made.name)
        for found in _references(place, node, typed):
            _follow(found, reached, makes)


def _is_decider(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.AnnAssign | ast.Assign) else None
    return isinstance(value, ast.Call) and called(value) == "Decider"


def _references(place: Place, node: ast.AST, typed: dict[str, Place]) -> Iterator[Place]:
    match node:
        case ast.Name(ctx=ast.Load()):
            found = resolve(place.module, node.id)
            if isinstance(found, Place):
                yield found
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in typed:
            if found := method_of(typed[name], attr):
                yield found
        case ast.Attribute(attr=attr):
            found = _referred(place.module, node)
            if isinstance(found, Place):
                yield found
            elif attr != "command":
                service = ".".join(place.module.split(".")[:2])
                yield from (one for one in methods().get(attr, ()) if one.module.startswith(f"{service}."))
        case _:
            pass


def _referred(module: str, node: ast.expr) -> Place | str | None:
    match node:
        case ast.Name(id=name):
            return resolve(module, name)
        case ast.Attribute(value=value, attr=attr):
            of = _referred(module, value)
            return resolve(of, attr) if isinstance(of, str) else None
        case _:
            return None


def _relevant(node: ast.AST, makes: Set[str], *, is_form: bool) -> Iterator[ast.AST]:
    """Every node below, but annotations, and of a `match command` only the cases of commands that are made."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.arguments() if not is_form:
                continue
            case ast.Match(subject=ast.Name(id="command")):
                cases = _chosen(child.cases, makes)
                for case in cases:
                    yield from _relevant(case, makes, is_form=is_form)
                continue
            case _:
                pass
        yield child
        yield from _relevant(child, makes, is_form=is_form)


def _chosen(cases: list[ast.match_case], makes: Set[str]) -> list[ast.match_case]:
    named = [case for case in cases if (names := _classes(case.pattern)) and names & makes]
    guarded = [case for case in cases if not _classes(case.pattern) and case.guard is not None]
    rest = [case for case in cases if not _classes(case.pattern) and case.guard is None]
    return [*guarded, *(named or rest)]


def _classes(pattern: ast.pattern) -> set[str]:
    return {
        one.cls.id if isinstance(one.cls, ast.Name) else getattr(one.cls, "attr", "")
        for one in ast.walk(pattern)
        if isinstance(one, ast.MatchClass)
    }


def _typed(place: Place) -> dict[str, Place]:
    """The parameters of a function whose class is known, and the object itself within a method."""
    found: dict[str, Place] = {}
    if isinstance(place.node, ast.FunctionDef | ast.AsyncFunctionDef):
        for one in (*place.node.args.args, *place.node.args.kwonlyargs):
            known = _referred(place.module, one.annotation) if one.annotation is not None else None
            if isinstance(known, Place) and isinstance(known.node, ast.ClassDef):
                found[one.arg] = known
    if "." in place.name:
        own = resolve(place.module, place.name.partition(".")[0])
        if isinstance(own, Place):
            found["self"] = own
    return found


def forms_of(module: str, function: str) -> Iterator[Place]:
    """The request models that a route's function takes."""
    place = resolve(module, function)
    assert isinstance(place, Place)
    yield from (one for one in _typed(place).values() if _is_form(one))


def _is_form(place: Place) -> bool:
    if not isinstance(place.node, ast.ClassDef):
        return False
    for base in place.node.bases:
        name = base.id if isinstance(base, ast.Name) else ""
        known = resolve(place.module, name)
        if name == FORMS or (isinstance(known, Place) and _is_form(known)):
            return True
    return False


def _names(node: ast.AST) -> Iterator[str]:
    return (one.id for one in ast.walk(node) if isinstance(one, ast.Name))

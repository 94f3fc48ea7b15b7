"""What the form consists of: its sections, who may write each, and the form as a published JSON Schema.

A council's settings say which sections a kind of application needs; this is what each of them is.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, get_args

from councils.guards import level_of
from councils.settings import Kind, Settings
from services.intake.applications.domain.form_events import WORKER_TIME, Relationship

SOCIAL_WORKER = "social_worker"


@dataclass(frozen=True)
class Section:
    """One section: the code and the sentence that stand for its absence, and the role that writes it.

    ``step`` is the last step of its address where it is more than one text.
    """

    code: str
    sentence: str
    step: str | None = None
    owner: str = SOCIAL_WORKER


TEXTS: Mapping[str, Section] = {
    "needs": Section("NEEDS_MISSING", "Describe the needs."),
    "outcomes": Section("OUTCOMES_MISSING", "Say which outcomes the support is meant to reach."),
    "plan": Section("PLAN_MISSING", "Write the plan."),
    "analysis": Section("PLAN_INCOMPLETE", "Write the analysis of needs."),
    "parenting_capacity": Section("PLAN_INCOMPLETE", "Write the analysis of parenting capacity."),
    "consequence": Section("CONSEQUENCE_MISSING", "Say what happens if this is not provided."),
    "iro": Section("IRO_SECTION_MISSING", "The independent reviewing officer has not written theirs.", None, "iro"),
}
"""The sections that are one text (S4 §7 and §10; S3 for the consequence and the reviewing officer's section)."""


LISTS: Mapping[str, Section] = {
    "actions": Section("PLAN_INCOMPLETE", "Say who does what, by when, and when it is reviewed.", "actions"),
    "family_agreement": Section(
        "FAMILY_AGREEMENT_MISSING", "Say whether the family agrees to the plan, and if not, why.", "family-agreement"
    ),
    "options_tried": Section(
        "OPTIONS_TRIED_MISSING", "Say which other options were tried, and why they were unsuitable.", "options-tried"
    ),
    "other_funding": Section(
        "OTHER_FUNDING_MISSING", "Say which other sources of funding there may be.", "other-funding"
    ),
    "support_needs": Section(
        "SUPPORT_NEEDS_MISSING", "Describe the education, health, social and emotional needs.", "support-needs"
    ),
}
"""The sections that are lists and statements, each with an address of its own (S4 §7, §10 and §12)."""


SECTIONS: Mapping[str, Section] = {**TEXTS, **LISTS}


def is_text(section: str, kind: Kind | None) -> bool:
    """Whether a section is written as one text: one of ours, or one of the council's own for this kind."""
    return section in TEXTS or (section not in LISTS and kind is not None and section in kind.sections)


def owner(section: str, settings: Settings) -> str:
    """The role that writes a section: the one the council names, else the form's own."""
    known = SECTIONS.get(section)
    return settings.section_owners.get(section) or (known.owner if known else SOCIAL_WORKER)


def wanted(kind: Kind, order: str | None) -> tuple[str, ...]:
    """The sections that an application must hold: its kind's, and the support needs wherever an order is named."""
    needed = order is not None and "support_needs" not in kind.sections
    return (*kind.sections, "support_needs") if needed else kind.sections


_TEXT = {"type": "string", "minLength": 1, "maxLength": 20_000}


_PENCE = {"type": "integer", "minimum": 0}


_DAY = {"type": "string", "format": "date"}


def _object(required: Iterable[str] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _entries(entry: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": entry} | ({"minItems": least} if least else {})


def _fields(settings: Settings) -> Mapping[str, dict[str, Any]]:
    """Every field of the form but the voices, as JSON Schema."""
    line = _object(
        ["resource", "weekly_pence", "one_off_pence"],
        resource={"enum": [*settings.resources, WORKER_TIME]},
        weekly_pence=_PENCE,
        one_off_pence=_PENCE,
        days={"type": "integer", "minimum": 1},
        starts_on=_DAY,
    )
    source = {"enum": list(settings.other_funding_sources)} if settings.other_funding_sources else {"type": "string"}
    return {
        "indicative_budget": _object(["weekly_pence"], weekly_pence=_PENCE),
        "costs": _object(
            ["weekly_pence", "one_off_pence"], weekly_pence=_PENCE, one_off_pence=_PENCE, resources=_entries(line)
        ),
        **dict.fromkeys(TEXTS, _TEXT),
        "actions": _entries(
            _object(["action", "owner", "due_on", "review_on"], action=_TEXT, owner=_TEXT, due_on=_DAY, review_on=_DAY),
            least=1,
        ),
        "family_agreement": _object(
            ["agreed"], agreed={"type": "boolean"}, reason=_TEXT, significant_harm={"type": "boolean"}
        ),
        "options_tried": _entries(_object(["option", "why_unsuitable"], option=_TEXT, why_unsuitable=_TEXT), least=1),
        "other_funding": _entries(
            _object(["source", "possible"], source=source, possible={"type": "boolean"}, information=_TEXT)
        ),
        "support_needs": _object(
            ["needs"],
            needs=_object(settings.support_needs, **dict.fromkeys(settings.support_needs, _TEXT)),
            advice=_object(**dict.fromkeys(settings.support_advice, _TEXT)),
        ),
    }


_RESPONSIBLE: Mapping[str, Any] = {
    "family": {
        **_entries(
            _object(
                ["party", "relationship", "name"],
                party=_TEXT,
                relationship={"enum": list(get_args(Relationship))},
                name=_TEXT,
                has_parental_responsibility={"type": "boolean"},
            )
        ),
        "title": "Who belongs to the person, and who of them holds parental responsibility",
        "x-written-by": SOCIAL_WORKER,
        "x-address": "family",
    },
    "parental_responsibility": {
        **_object(["held_by", "reason"], held_by={"enum": ["COUNCIL", "NOBODY"]}, reason=_TEXT, manager=_TEXT),
        "title": "Who holds parental responsibility where no relative does, and why; who speaks for the council",
        "x-written-by": SOCIAL_WORKER,
        "x-address": "parental-responsibility",
    },
}


_EITHER: Sequence[Mapping[str, Any]] = (
    {
        "properties": {
            "family": {
                "contains": {
                    "properties": {"has_parental_responsibility": {"const": True}},
                    "required": ["has_parental_responsibility"],
                }
            }
        },
        "required": ["family"],
    },
    {"required": ["parental_responsibility"]},
)
"""A relative is named as holding parental responsibility, or it is said that none does (S4 §13; B12)."""


def form_schema(
    settings: Settings,
    code: str,
    *,
    held: Set[str] = frozenset(),
    written: Set[str] = frozenset(),
    order: str | None = None,
) -> dict[str, Any]:
    """The form of one kind as JSON Schema: what is asked, by whom it is written, and what is still required.

    ``held`` are the parts that an assessment already holds: they are shown, marked ``readOnly``, and never asked again
    (B7). ``written`` are parts that are there already. A field that is in neither and that the council asks for is
    required.
    """
    kind = settings.kinds[code]
    signatures = settings.signatures_for(code)
    asked = tuple(dict.fromkeys(("person", "indicative_budget", "costs", *wanted(kind, order))))
    fields = {"person": _object(["name", "born_on"], name=_TEXT, born_on=_DAY), **_fields(settings)}
    shown: dict[str, Any] = {}
    for name in asked:
        section = SECTIONS.get(name)
        shown[name] = {
            **fields.get(name, _TEXT),
            "title": section.sentence if section else name.replace("_", " ").capitalize(),
            "x-written-by": owner(name, settings),
            "x-address": _address(name, kind),
        }
        if name in held:
            shown[name] |= {"readOnly": True, "x-from": "assessment"}
    age = {"type": "integer", "minimum": 0}
    if "parental_responsibility" in kind.voices:
        shown |= _RESPONSIBLE
    voice = _object(["party"], party=_TEXT, views=_TEXT, why_not_obtainable=_TEXT, age_years=age, understanding=_TEXT)
    shown["voices"] = {**_entries(voice), "title": "Whose views are recorded", "x-voices": list(kind.voices)}
    needed = (*(name for name in asked if _refuses(name, settings, code)), *(["voices"] if kind.voices else []))
    required = [name for name in needed if name not in held | written]
    unsaid = "parental_responsibility" in kind.voices and level_of(settings, "PR_NOT_STATED", code) == "refuse"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.name,
        "type": "object",
        "properties": shown,
        "required": required,
        **({"anyOf": _EITHER} if unsaid and "parental_responsibility" not in written else {}),
        "x-settings-version": settings.version,
        "x-signatures": [role for role in (signatures.signed_by, signatures.agreed_by) if role],
    }


def _refuses(name: str, settings: Settings, kind: str) -> bool:
    """Whether a submission without this part is refused: a section's guard may stand lower in this council."""
    section = SECTIONS.get(name)
    return section is None or level_of(settings, section.code, kind) == "refuse"


def _address(name: str, kind: Kind) -> str:
    if is_text(name, kind):
        return f"sections/{name}"
    section = LISTS.get(name)
    return (section.step if section else None) or name.replace("_", "-")

"""What a council says about its own panels, as typed data: purpose, forums, cut-offs, scheme, limits, forms and days.

`Terms` is the document that a council publishes; `Settings` is the same document once it has a version and a moment
from which it is in force. Nothing here reads a file or a clock.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints, model_validator

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[str, ...] = get_args(Weekday)

Route = Literal["DELEGATED", "PANEL", "NOT_FUNDED", "NOT_REQUIRED", "COMPLEX_HEALTH_NEEDS_PANEL"]
ROUTES: tuple[str, ...] = get_args(Route)

Level = Literal["refuse", "warn", "off"]

Pence = Annotated[int, Field(strict=True, ge=0, le=10**12)]
"""Integer pence, at most ten billion pounds."""

Count = Annotated[int, Field(strict=True, ge=0, le=100_000)]

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]

ClockTime = Annotated[time, PlainSerializer(lambda at: at.strftime("%H:%M"), return_type=str)]
"""A time of day in Europe/London, written `17:00`."""

Exact = Annotated[Decimal, Field(ge=0, le=1000, max_digits=12)]


class Model(BaseModel):
    """Read-only, and a word that is not known is an error rather than a rule silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CutOff(Model):
    """The last moment at which an application for a sitting is in time; that moment itself still is ("by 5pm").

    `weekday_before` is the last such weekday strictly before the sitting's day; `working_days_before` counts working
    days back from it; `earliest` takes whichever of the two comes first (DOMAIN.md, "Open boundaries" 1 and 2).
    """

    rule: Literal["weekday_before", "working_days_before", "earliest"]
    time: ClockTime
    weekday: Weekday | None = None
    working_days: Annotated[int, Field(strict=True, ge=0, le=60)] | None = None

    @model_validator(mode="after")
    def _says_what_its_rule_needs(self) -> Self:
        if self.rule != "working_days_before" and self.weekday is None:
            raise ValueError("the cut-off's rule needs a weekday")
        if self.rule != "weekday_before" and self.working_days is None:
            raise ValueError("the cut-off's rule needs a number of working days")
        return self


class Slots(Model):
    """Minutes that may be set aside for one application, shortest first."""

    ordinary: tuple[Count, ...]
    complex: tuple[Count, ...]


class Forum(Model):
    """A panel or a conference call: when it sits, who belongs to it, and until when it takes applications."""

    kind: Literal["panel", "conference_call"]
    name: Text
    weekday: Weekday
    start: ClockTime
    minutes: Count
    on_bank_holiday: Literal["not_held", "held"] = "not_held"
    cut_off: CutOff
    slots: Slots
    notice_hours: Count
    core_members: tuple[Text, ...]
    chair_roles: tuple[Slug, ...]
    quorum: Count


class Kind(Model):
    """One kind of application: what its form must hold before it can be submitted."""

    name: Text
    person: Literal["child", "adult"]
    sections: tuple[Slug, ...]
    voices: tuple[Slug, ...]
    """Relationships whose views, or why they could not be had, must be recorded; `parental_responsibility` means
    everybody who holds it."""


class Signatures(Model):
    """Whose signature and whose agreement an application needs before submission; none where null."""

    signed_by: Slug | None = None
    agreed_by: Slug | None = None


class Column(Model):
    """One column of a decision table, in zen-engine's own words."""

    id: Slug
    name: Text
    field: Slug


class DecisionTable(Model):
    """A decision table: the content of a JDM decision table node, limited to what `councils.scheme` checks.

    `rules` are rows: `_id` names the row in every event it decides, `_description` quotes the sentence it comes from,
    the other keys are column ids. The first row whose cells all match decides.
    """

    name: Slug
    hitPolicy: Literal["first"]  # noqa: N815 - the JDM format's own spelling
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rules: tuple[dict[str, str], ...]


class Justification(Model):
    """Why every application must go to a panel, and when that will be looked at again (DOMAIN.md, A12)."""

    justification: Text
    review_on: date


class ComplaintDays(Model):
    """Working days of a Stage One complaint: the answer is due, and the furthest an extension may reach."""

    stage_one: Count
    stage_one_extended: Count


class Terms(Model):
    """Everything a council decides for itself, as it publishes it. Sources stand beside each line of the packs."""

    format: Literal[1] = 1
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,32}$")]
    slug: Slug
    name: Text
    purpose: Text = ""
    involvement: Text = ""
    consultation: Text = ""
    review_on: date | None = None
    management_team: Slug
    publication_notice_minutes: Annotated[int, Field(strict=True, ge=15, le=525_600)] = 15
    weeks_per_year: Exact = Decimal("52")
    tolerance_percent: Exact | None = None
    kinds: dict[Code, Kind]
    forums: dict[Code, Forum]
    submitted_to: Code | None = None
    scheme: DecisionTable
    panel_as_default: Justification | None = None
    delegated_limits: dict[Slug, Pence]
    signatures: Signatures = Signatures()
    complaints: ComplaintDays
    family_told_within_working_days: Count
    guards: dict[Code, Level] = Field(default_factory=dict)

    def guard(self, rule: str) -> Level:
        """At which level a guard stands in this council; `refuse` unless the council chose otherwise."""
        return self.guards.get(rule, "refuse")

    def document(self) -> dict[str, Any]:
        """The document as JSON values, every default written out."""
        return self.model_dump(mode="json")


class Settings(Terms):
    """Published terms: the version that events name, and the moment (UTC) from which it is in force."""

    version: Annotated[int, Field(strict=True, ge=1)]
    in_force_from: AwareDatetime

    @classmethod
    def of(cls, terms: Terms, *, version: int, in_force_from: datetime) -> Self:
        """These terms as one version."""
        return cls.model_validate({**terms.model_dump(), "version": version, "in_force_from": in_force_from})

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """The settings in a stored or heard document. Raises pydantic's ValidationError."""
        return cls.model_validate(document)


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 in hex over the document's canonical JSON: keys sorted, no spaces, UTF-8."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def in_force(published: Iterable[Settings], at: datetime) -> Settings | None:
    """The version in force at a moment (its first instant included), or None before the first one is."""
    begun = [settings for settings in published if settings.in_force_from <= at]
    return max(begun, key=lambda settings: settings.version, default=None)

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

from councils.guards import Level

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[str, ...] = get_args(Weekday)

Route = Literal["DELEGATED", "PANEL", "NOT_FUNDED", "NOT_REQUIRED", "COMPLEX_HEALTH_NEEDS_PANEL"]
ROUTES: tuple[str, ...] = get_args(Route)

Pence = Annotated[int, Field(strict=True, ge=0, le=10**12)]
"""Integer pence, at most ten billion pounds."""

Count = Annotated[int, Field(strict=True, ge=0, le=100_000)]

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Purpose = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]

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


class Due(Model):
    """A moment that follows another: so many working days later (day 0 is the day itself), at this time of day."""

    working_days: Annotated[int, Field(strict=True, ge=0, le=60)]
    time: ClockTime


class Forum(Model):
    """A panel, a conference call or a virtual panel: when it sits, who belongs to it, until when it takes applications.

    Attendance, quorum, reading and reasons are the same for every kind (S2 #8; DOMAIN.md, C14).
    """

    kind: Literal["panel", "conference_call", "virtual"]
    name: Text
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)]
    """On which days it ordinarily sits."""
    start: ClockTime
    minutes: Count
    on_bank_holiday: Literal["not_held", "held"] = "not_held"
    cut_off: CutOff
    slots: Slots
    notice_hours: Count
    short_notice_by_chair: bool = True
    """Whether the chair may move a sitting at shorter notice with a reason (C2)."""
    circulation: Due = Due(working_days=1, time=time(17))
    """When every member must have the papers, counted from the cut-off's day (C20)."""
    core_members: tuple[Text, ...]
    membership: Literal["members_only", "open"] = "open"
    """`members_only`: nobody else attends, the person's and parents' statements are read (S4 §1)."""
    chair_roles: tuple[Slug, ...]
    quorum: Count
    voting: Literal["chair", "majority"] = "chair"
    """Who settles an outcome: the chair after everybody's view (S4 §5), or the majority of those taking part."""
    floor_pence: Pence | None = None
    """Below this amount (a week and once together) nothing is put on its agenda (C14); null knows no floor."""

    @model_validator(mode="before")
    @classmethod
    def _reads_one_weekday(cls, said: Any) -> Any:
        # Settings published before a forum could sit on several days name one `weekday`.
        if isinstance(said, Mapping) and "weekday" in said and "weekdays" not in said:
            return {**{name: value for name, value in said.items() if name != "weekday"}, "weekdays": [said["weekday"]]}
        return said


class Signatures(Model):
    """Whose signature and whose agreement an application needs before submission; none where null."""

    signed_by: Slug | None = None
    agreed_by: Slug | None = None


class Kind(Model):
    """One kind of application: what its form must hold before it can be submitted."""

    name: Text
    person: Literal["child", "adult"]
    sections: tuple[Slug, ...]
    voices: tuple[Slug, ...]
    """Relationships whose views, or why they could not be had, must be recorded; `parental_responsibility` means
    everybody who holds it."""
    signatures: Signatures | None = None
    """Who signs and agrees applications of this kind; null where it is as for every other kind."""


class Resource(Model):
    """A resource that a line of an application may ask for, as this council lists it."""

    name: Text


class RouteException(Model):
    """Who may grant an exception, and where it leads; null: the row is passed over and the next match decides.

    `granted_by` are roles; each grant names the officer and a reason (DOMAIN.md, A10, A16).
    """

    granted_by: Annotated[tuple[Slug, ...], Field(min_length=1)]
    leads_to: Route | None = None


class Limit(Model):
    """Up to how much a role may decide alone, that amount included; null where nothing is delegated for that period."""

    weekly_pence: Pence | None = None
    yearly_pence: Pence | None = None
    one_off_pence: Pence | None = None


class OutOfPanel(Model):
    """Who may decide outside a panel, on what grounds, and what follows (S4 §5, §9, §12 NB; DOMAIN.md, E1-E7)."""

    high_cost_weekly_pence: Pence = 100_000
    """From this weekly cost on, that amount included, it is a high cost."""
    normal_cost_by: tuple[Slug, ...] = ("service_manager", "director_csw")
    high_cost_by: tuple[Slug, ...] = ("director_csw",)
    risk_to_life_by: tuple[Slug, ...] = ("director_csw", "on_call_delegate")
    grounds: tuple[Code, ...] = ("EMERGENCY_CARE_NEED",)
    """What counts as exceptional."""
    advice_from: tuple[Slug, ...] = ("service_manager",)
    short_period_days: Count = 28
    """How far the end of a decision "for a short period" may lie ahead."""
    application_due: Due = Due(working_days=1, time=time(17))
    """When the application must follow a decision that was made without one (E7)."""
    ratification_exempt_from_cut_off: bool = True
    """Whether a decision is ratified at the following sitting although that sitting's cut-off has passed (E2)."""


class Placements(Model):
    """Whose sanction a placement needs (S4 §13; DOMAIN.md, D24, D25, D27)."""

    sanction_over_miles: Exact = Decimal("20")
    """Further than this from home needs a sanction; exactly this far does not."""
    sanctioned_by: tuple[Slug, ...] = ("director_cs",)
    out_of_area_agreed_by: tuple[Slug, ...] = ("director_csw",)
    looked_after_decided_by: tuple[Slug, ...] = ("director_csw",)


class Expected(Model):
    """Which applications count as expected at a sitting, and how soon after the cut-off their absence is told (B10)."""

    counts: tuple[Literal["announced", "returning"], ...] = ("announced", "returning")
    """`announced`: a worker said it comes to that sitting; `returning`: it was deferred or returned to it."""
    told_within_minutes: Count = 1


class Attachments(Model):
    """What may be attached to an application."""

    max_bytes: Annotated[int, Field(strict=True, ge=0, le=20 * 1024 * 1024)] = 20 * 1024 * 1024
    types: tuple[Text, ...] = (
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "image/jpeg",
        "image/png",
    )


class Recording(Model):
    """By when a decision is on the record and the workers are told: the end of this weekday after the sitting (D11)."""

    weekday: Weekday = "wednesday"
    moves_off_bank_holidays: bool = False


class Column(Model):
    """One column of a decision table, in zen-engine's own words."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
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

    justification: Text = ""
    review_on: date | None = None


PURPOSES = (
    "case_work",
    "supervision",
    "panel",
    "decision",
    "payment",
    "placement",
    "complaint_review",
    "subject_access",
    "safeguarding",
    "court",
    "inspection",
    "replay",
    "verification",
)
"""For which purposes a council's records may be read, where it names no others."""


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
    resources: dict[Code, Resource] = Field(default_factory=dict)
    exclusions: DecisionTable | None = None
    """What is not funded, needs no panel, or is another panel's: asked for each resource, before the scheme."""
    scheme: DecisionTable
    panel_as_default: Justification | None = None
    exceptions: dict[Code, RouteException] = Field(default_factory=dict)
    """By the route or the reason that they are an exception to: `NOT_FUNDED`, `DEFAULT_REQUIRED`."""
    delegated_limits: dict[Slug, Pence]
    """Up to how many pence a week a role may decide alone."""
    delegated_limits_yearly: dict[Slug, Pence] = Field(default_factory=dict)
    delegated_limits_one_off: dict[Slug, Pence] = Field(default_factory=dict)
    signatures: Signatures = Signatures()
    section_owners: dict[Slug, Slug] = Field(default_factory=dict)
    """Which role completes a section of the form; the allocated worker where none is named."""
    other_funding_sources: dict[Code, Text] = Field(default_factory=dict)
    """Sources whose information is asked for where they may pay (S4 §7; DOMAIN.md, B13)."""
    support_needs: tuple[Code, ...] = ()
    """What an application for an order's support must consider (S4 §7; DOMAIN.md, B15)."""
    support_advice: tuple[Code, ...] = ()
    """Whose advice is sought for it; one of them is enough."""
    chairs_by_order: dict[Code, tuple[Slug, ...]] = Field(default_factory=dict)
    """Which roles may chair a case of `SGO`, `CHILD_ARRANGEMENTS` or `ADOPTION_SUPPORT` (S4 §7; DOMAIN.md, A13)."""
    expected: Expected = Expected()
    attachments: Attachments = Attachments()
    out_of_panel: OutOfPanel = OutOfPanel()
    placements: Placements = Placements()
    recording: Recording = Recording()
    standard_working_days: Count = 10
    """The local commitment to a minimum standard, from submission to decision (S0; DOMAIN.md, G21)."""
    line_manager_attends: Literal["may", "must"] = "may"
    resources_may_be_stopped: bool = False
    """Whether "resources being stopped" may be chosen when nobody presents, and then only without risk (S4 §5)."""
    plan_signed_off: Literal["on_agreement", "after_first_payment"] = "on_agreement"
    complaints: ComplaintDays
    carers_disagreement: Literal["offered", "opened"] = "offered"
    """Whether a carer without parental responsibility is offered Stage One, or it is opened for them."""
    stage_two_starts: Literal["request", "agreed_statement"] = "request"
    family_told_within_working_days: Count
    detail_to_subscribers: bool = False
    """Whether subscribers may ask for the detail behind a thin event (S4 §1)."""
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1, max_length=50)] = PURPOSES
    """For which purposes its records may be read; each reading of a person's content names one (I5)."""
    guards: dict[Code, Level] = Field(default_factory=dict)

    def signatures_for(self, kind: str) -> Signatures:
        """Whose signature and agreement applications of one kind need."""
        own = self.kinds[kind].signatures if kind in self.kinds else None
        return own or self.signatures

    def writers_of(self, kind: str) -> frozenset[str]:
        """The roles to whom the council gives a section of a kind of application to write.

        Social workers write as the team that began it, so that the role alone gives them no section.
        """
        sections = self.kinds[kind].sections if kind in self.kinds else ()
        owners = frozenset(self.section_owners[one] for one in sections if one in self.section_owners)
        return owners - {"social_worker"}

    def limit(self, role: str) -> Limit:
        """What the council delegates to a role, for each period."""
        return Limit(
            weekly_pence=self.delegated_limits.get(role),
            yearly_pence=self.delegated_limits_yearly.get(role),
            one_off_pence=self.delegated_limits_one_off.get(role),
        )

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

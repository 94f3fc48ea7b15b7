"""The names under which routing's events are stored. Append to it; never edit a released line."""

from typing import Any

from ledger.codec.codec import stored
from services.routing.officers.domain.officer import (
    AuthorityEnded,
    AuthorityGranted,
    OfficerAppointed,
    TermsAcknowledged,
    TrainingRecorded,
)
from services.routing.routes.domain.route import ExceptionGranted, Rerouted, Routed
from services.routing.settings.domain.settings import SettingsPublished, SettingsRetired


def _weekly_limit_only(fields: dict[str, Any]) -> dict[str, Any]:
    """Authority granted before a year's cost and what is paid once could have limits of their own."""
    return {**fields, "limit_one_off_pence": None, "limit_yearly_pence": None}


def _nothing_excluded(fields: dict[str, Any]) -> dict[str, Any]:
    """A way found before settings could exclude resources, or limit a year's cost and what is paid once."""
    way = {**fields["way"], "limit_yearly_pence": None, "limit_one_off_pence": None, "exclusions": []}
    return {**fields, "way": way}


STORED = (
    stored("routing.settings.published", 1, SettingsPublished),
    stored("routing.officer.appointed", 1, OfficerAppointed),
    stored("routing.officer.authority_granted", 2, AuthorityGranted, {1: _weekly_limit_only}),
    stored("routing.officer.authority_ended", 1, AuthorityEnded),
    stored("routing.route.routed", 2, Routed, {1: _nothing_excluded}),
    stored("routing.route.rerouted", 2, Rerouted, {1: _nothing_excluded}),
    stored("routing.settings.retired", 1, SettingsRetired),
    stored("routing.officer.training_recorded", 1, TrainingRecorded),
    stored("routing.officer.terms_acknowledged", 1, TermsAcknowledged),
    stored("routing.route.exception_granted", 1, ExceptionGranted),
)

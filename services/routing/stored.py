"""The names under which routing's events are stored. Append to it; never edit a released line."""

from ledger.codec import stored
from services.routing.domain.officer import AuthorityEnded, AuthorityGranted, OfficerAppointed
from services.routing.domain.route import Rerouted, Routed
from services.routing.domain.settings import SettingsPublished

STORED = (
    stored("routing.settings.published", 1, SettingsPublished),
    stored("routing.officer.appointed", 1, OfficerAppointed),
    stored("routing.officer.authority_granted", 1, AuthorityGranted),
    stored("routing.officer.authority_ended", 1, AuthorityEnded),
    stored("routing.route.routed", 1, Routed),
    stored("routing.route.rerouted", 1, Rerouted),
)

"""The five services, by name."""

from collections.abc import Mapping

from services.hosting import Service
from services.intake.main import SERVICE as INTAKE
from services.notify.main import SERVICE as NOTIFY
from services.panel.main import SERVICE as PANEL
from services.record.main import SERVICE as RECORD
from services.routing.main import SERVICE as ROUTING

CATALOGUE: Mapping[str, Service] = {service.name: service for service in (INTAKE, ROUTING, PANEL, NOTIFY, RECORD)}

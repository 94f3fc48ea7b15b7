"""The shipped packs as first versions, for every test of the councils' rules."""

from datetime import UTC, datetime

import pytest

from councils.packs import pack_settings
from councils.settings import Forum, Settings

IN_FORCE = datetime(2026, 10, 5, 8, 15, tzinfo=UTC)


@pytest.fixture
def shropshire() -> Settings:
    return pack_settings("shropshire", version=1, in_force_from=IN_FORCE)


@pytest.fixture
def swindon() -> Settings:
    return pack_settings("swindon", version=1, in_force_from=IN_FORCE)


@pytest.fixture
def doncaster() -> Settings:
    return pack_settings("doncaster", version=2, in_force_from=IN_FORCE)


@pytest.fixture
def northborough() -> Settings:
    return pack_settings("northborough", version=1, in_force_from=IN_FORCE)


@pytest.fixture
def southmoor() -> Settings:
    return pack_settings("southmoor", version=1, in_force_from=IN_FORCE)


@pytest.fixture
def care_panel(swindon: Settings) -> Forum:
    return swindon.forums["CARE_PANEL"]


@pytest.fixture(scope="session")
def care_panel_forum() -> Forum:
    """The same forum for properties, which share one fixture over all their examples."""
    return pack_settings("swindon", version=1, in_force_from=IN_FORCE).forums["CARE_PANEL"]

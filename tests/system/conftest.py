"""The running system under test: the one `DEPLOYMENT` names, or else a local platform of the tests' own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.deployment import Deployment
from tests.system.local_platform import LocalPlatform, run_local_platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPlatform]:
    """The local platform, once for all tests here."""
    yield from run_local_platform(tmp_path_factory.mktemp("platform"))


@pytest.fixture(scope="session")
def deployment(request: pytest.FixtureRequest) -> Deployment:
    """The system every mode's tests ask."""
    if named := os.environ.get("DEPLOYMENT"):
        return Deployment.open(Path(named))
    platform: LocalPlatform = request.getfixturevalue("platform")
    return platform.deployment

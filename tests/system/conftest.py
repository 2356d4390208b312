"""The running system under test: the one `DEPLOYMENT` names."""

import os
from pathlib import Path

import pytest

from tests.system.deployment import Deployment


@pytest.fixture(scope="session")
def deployment() -> Deployment:
    """The system every mode's tests ask."""
    named = os.environ.get("DEPLOYMENT")
    if not named:
        pytest.skip("DEPLOYMENT names no running system")
    return Deployment.open(Path(named))

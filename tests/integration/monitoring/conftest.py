"""A service with its outcomes, on the real PostgreSQL and MLflow."""

from tests.integration.inference_service.conftest import make_service as make_service
from tests.integration.inference_service.conftest import models as models
from tests.integration.inference_service.conftest import registry as registry

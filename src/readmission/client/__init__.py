"""The Python client of the inference service: typed, synchronous and asynchronous.

>>> from readmission.client import InferenceClient
>>> with InferenceClient("http://127.0.0.1:8000", api_key="rk_...") as client:  # doctest: +SKIP
...     prediction = client.predict(encounter)
...     prediction.risk_30d, prediction.decision
(0.2313287, 'flag')

It needs the package's base dependencies and httpx: ``pip install "readmission[client]"``.
"""

from readmission.client.answers import BatchRow, Explanation, Feedback, Models, OutcomeCounts, ReasonPart, RiskParts
from readmission.client.asynchronous import AsyncInferenceClient
from readmission.client.retries import Retries
from readmission.client.synchronous import InferenceClient
from readmission.contract.prediction import Prediction
from readmission.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotEligibleError,
    NotFoundError,
    ReadmissionError,
    TooManyRequestsError,
    UnauthorizedError,
    UnavailableError,
)

__all__ = [
    "AsyncInferenceClient",
    "BatchRow",
    "ConflictError",
    "Explanation",
    "Feedback",
    "ForbiddenError",
    "InferenceClient",
    "InvalidInputError",
    "Models",
    "NotEligibleError",
    "NotFoundError",
    "OutcomeCounts",
    "Prediction",
    "ReadmissionError",
    "ReasonPart",
    "Retries",
    "RiskParts",
    "TooManyRequestsError",
    "UnauthorizedError",
    "UnavailableError",
]

"""Repository of ``serving.keyed_requests``: what a caller sent under an ``Idempotency-Key``, once and for all.

A key belongs to its caller and to one operation. It is stored in the transaction that stores what the request adds.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from readmission.errors import FieldProblem, InvalidInputError

FIND = """
SELECT keyed_request_id, content_sha256, answer FROM serving.keyed_requests
WHERE asked_by = $1 AND operation = $2 AND idempotency_key = $3
"""
"""Parameters: the first three of a :class:`KeyedRequest`."""
ADD = """
INSERT INTO serving.keyed_requests (asked_by, operation, idempotency_key, content_sha256, answer)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
"""
"""Parameters: those of a :class:`KeyedRequest`, and the answer as JSON."""
HEADER = "Idempotency-Key"


class KeyedRequest(NamedTuple):
    """A request with a key. ``operation``: predict_batch, feedback or outcomes."""

    asked_by: str
    operation: str
    key: str
    content_sha256: str

    def check_same(self, stored: Mapping[str, Any]) -> None:
        """Compare with what is stored under the key.

        Raises:
            InvalidInputError: it was sent with other content.
        """
        if stored["content_sha256"] != self.content_sha256:
            problem = "was sent before with other content"
            raise InvalidInputError(f"{HEADER} {problem}", (FieldProblem(HEADER, problem, "a new key"),))

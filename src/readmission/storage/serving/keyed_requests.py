"""Repository of ``serving.keyed_requests``: what a caller sent under an ``Idempotency-Key``, once and for all.

A key belongs to its caller and to one operation. It is stored in the transaction that stores what the request adds.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from readmission.errors import FieldProblem, InvalidInputError

FIND = """
SELECT keyed_request_id, content_sha256, answer FROM serving.keyed_requests
WHERE asked_by = %(asked_by)s AND operation = %(operation)s AND idempotency_key = %(key)s
"""
ADD = """
INSERT INTO serving.keyed_requests (asked_by, operation, idempotency_key, content_sha256, answer)
VALUES (%(asked_by)s, %(operation)s, %(key)s, %(content_sha256)s, %(answer)s) ON CONFLICT DO NOTHING
"""
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

"""The ``Idempotency-Key`` header, after draft-ietf-httpapi-idempotency-key-header."""

import json
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Header

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Yours alone: sent again with the same content, it adds nothing and gets the stored answer; with "
        "other content it is refused (422).",
    ),
]


def hash_content(content: Any) -> str:
    """SHA-256 of content that JSON can hold, whatever the order of its keys."""
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

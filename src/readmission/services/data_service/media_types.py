"""Which format a client gets its batch in."""

from readmission.services.data_service.batch_files import ARROW, CSV, JSON
from readmission.web.media_types import choose_media_type

MEDIA_TYPES = {JSON: "application/json", CSV: "text/csv", ARROW: "application/vnd.apache.arrow.stream"}
"""Formats by preference: the first one goes to clients that accept anything."""
_FORMATS = {media_type: form for form, media_type in MEDIA_TYPES.items()}


def choose_format(accept: str | None) -> str:
    """The format a client prefers.

    Raises:
        NotAcceptableError: it accepts none of ours.
    """
    return _FORMATS[choose_media_type(accept, list(_FORMATS))]

"""Which format a client gets: the ``Accept`` header against what can be given (RFC 9110, 12.5.1)."""

from readmission.errors import NotAcceptableError
from readmission.services.data_service.batch_files import ARROW, CSV, JSON

MEDIA_TYPES = {JSON: "application/json", CSV: "text/csv", ARROW: "application/vnd.apache.arrow.stream"}
"""Formats by preference: the first one goes to clients that accept anything."""


def choose_format(accept: str | None) -> str:
    """The format a client prefers.

    Raises:
        NotAcceptableError: it accepts none of ours.
    """
    ranges = _parse_ranges(accept or "*/*")
    quality = {form: _quality(media_type, ranges) for form, media_type in MEDIA_TYPES.items()}
    best = max(quality, key=lambda form: quality[form])
    if quality[best] <= 0:
        raise NotAcceptableError(f"batches come as {', '.join(MEDIA_TYPES.values())}; Accept asks for none of them")
    return best


def _parse_ranges(accept: str) -> dict[str, float]:
    ranges: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = min(max(float(parameter[2:]), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        ranges[name] = quality
    return ranges


def _quality(media_type: str, ranges: dict[str, float]) -> float:
    """The most specific range decides."""
    main = media_type.partition("/")[0]
    return next((ranges[name] for name in (media_type, f"{main}/*", "*/*") if name in ranges), 0.0)

"""Which media type a client gets: the ``Accept`` header against what can be given (RFC 9110, 12.5.1)."""

from collections.abc import Sequence

from readmission.errors import NotAcceptableError


def choose_media_type(accept: str | None, offered: Sequence[str]) -> str:
    """The media type a client prefers.

    Args:
        accept: the header; None accepts anything.
        offered: by preference: the first one goes to clients that accept anything.

    Raises:
        NotAcceptableError: it accepts none of them.
    """
    ranges = _parse_ranges(accept or "*/*")
    quality = {media_type: _quality(media_type, ranges) for media_type in offered}
    best = max(quality, key=lambda media_type: quality[media_type])
    if quality[best] <= 0:
        raise NotAcceptableError(f"there is {', '.join(offered)}; Accept asks for none of them")
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

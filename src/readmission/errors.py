"""One tree of errors. Each knows the exit code of the command line and the status of its HTTP answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field: its name, the problem, and what would be allowed."""

    field: str
    problem: str
    allowed: str | None = None


class ReadmissionError(Exception):
    """A failure a person can act on: one clear line, never a traceback."""

    exit_code = 1
    http_status = 500
    slug = "internal"
    title = "Internal error"

    def __init__(self, message: str, problems: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems


class ConfigurationError(ReadmissionError):
    """A setting is missing or wrong."""

    exit_code = 2
    slug = "configuration"
    title = "Configuration error"


class InvalidInputError(ReadmissionError):
    """What was sent breaks the contract."""

    exit_code = 3
    http_status = 422
    slug = "invalid-input"
    title = "The input breaks the contract"


class MalformedBodyError(InvalidInputError):
    """The body cannot be read at all, so no field can be named."""

    http_status = 400
    slug = "malformed-body"
    title = "The body cannot be read"


class BodyTooLargeError(InvalidInputError):
    """The body is larger than any valid request."""

    http_status = 413
    slug = "body-too-large"
    title = "The body is too large"


class SlowBodyError(InvalidInputError):
    """The body took too long to arrive."""

    http_status = 408
    slug = "slow-body"
    title = "The body took too long"


class HostNotAllowedError(InvalidInputError):
    """The ``Host`` header is not a name this service answers to: a sign of DNS rebinding."""

    http_status = 421
    slug = "host-not-allowed"
    title = "The service does not answer to this host name"


class ForeignOriginError(InvalidInputError):
    """A page of another origin tries to change something."""

    http_status = 403
    slug = "foreign-origin"
    title = "A page of another origin may not do this"


class CallerGoneError(InvalidInputError):
    """The caller hung up before the request was complete; nobody reads the answer."""

    http_status = 499
    slug = "caller-gone"
    title = "The caller hung up"


class UnsupportedMediaTypeError(InvalidInputError):
    """The body's media type is not one the endpoint reads."""

    http_status = 415
    slug = "unsupported-media-type"
    title = "The media type is not supported"


class NotAcceptableError(InvalidInputError):
    """None of the media types asked for can be given."""

    http_status = 406
    slug = "not-acceptable"
    title = "No such format"


class NotEligibleError(InvalidInputError):
    """The patient died or left for hospice: nobody can be readmitted from there."""

    slug = "not-eligible"
    title = "This encounter cannot be scored"


class MissingDataError(InvalidInputError):
    """What a score needs was not sent, and no assumption may stand in for it."""

    http_status = 412
    slug = "missing-data"
    title = "Data that a score needs is missing"


class NotFoundError(ReadmissionError):
    """What was asked for does not exist."""

    exit_code = 4
    http_status = 404
    slug = "not-found"
    title = "Not found"


class ConflictError(ReadmissionError):
    """What was sent contradicts what is stored."""

    exit_code = 5
    http_status = 409
    slug = "conflict"
    title = "Conflict with what is stored"


class UnavailableError(ReadmissionError):
    """A part this one needs does not answer; trying again later may help."""

    exit_code = 6
    http_status = 503
    slug = "unavailable"
    title = "Temporarily unavailable"


class StorageFullError(ReadmissionError):
    """A disk of the service is full; nothing of the request was kept."""

    exit_code = 6
    http_status = 507
    slug = "storage-full"
    title = "A disk of the service is full"


class DatasetError(ReadmissionError):
    """The data set is damaged, truncated, the wrong one, or out of reach."""

    exit_code = 7
    http_status = 500
    slug = "dataset"
    title = "The data set cannot be used"


class ArtifactError(ReadmissionError):
    """A model's files do not match their recorded hashes, or its probe gives other answers."""

    exit_code = 8
    http_status = 503
    slug = "artifact"
    title = "The model version is refused"


class PlatformError(ReadmissionError):
    """A part of the local platform cannot start, or this machine lacks something."""

    exit_code = 9
    slug = "platform"
    title = "The local platform cannot run"


class UnauthorizedError(ReadmissionError):
    """The key is missing or does not give this right."""

    exit_code = 10
    http_status = 401
    slug = "unauthorized"
    title = "A valid key is required"


class ForbiddenError(ReadmissionError):
    """The key is known, but gives no such right."""

    exit_code = 10
    http_status = 403
    slug = "forbidden"
    title = "The key does not give this right"


class TooManyRequestsError(ReadmissionError):
    """The caller sends more than its rate allows."""

    exit_code = 6
    http_status = 429
    slug = "too-many-requests"
    title = "Too many requests"

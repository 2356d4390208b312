"""Calls to the running inference service; its problem details come back as this package's errors."""

from typing import Any

from readmission.errors import (
    FieldProblem,
    InvalidInputError,
    NotEligibleError,
    NotFoundError,
    ReadmissionError,
    UnavailableError,
)

_TIMEOUT_SECONDS = 15.0


def call_service(url: str, method: str, path: str, content: bytes | None = None) -> dict[str, Any]:
    """Call the service and give its JSON answer.

    Raises:
        UnavailableError: it does not answer, or not yet.
        ReadmissionError: what its problem document says, with the exit code of that kind of problem.
    """
    import httpx

    from readmission.contract.api_key import key_headers
    from readmission.settings import load_settings

    headers = key_headers(load_settings().inference_service.api_key)
    if content is not None:
        headers["content-type"] = "application/json"
    try:
        response = httpx.request(method, url + path, content=content, headers=headers, timeout=_TIMEOUT_SECONDS)
    except httpx.HTTPError as error:
        hint = "start the platform with `make up`, or set READMISSION_INFERENCE_SERVICE__URL"
        raise UnavailableError(f"the inference service at {url} does not answer: {hint}") from error
    try:
        answer: dict[str, Any] = response.json()
    except ValueError as error:
        raise UnavailableError(f"{url} does not answer with JSON: is it the inference service?") from error
    if response.status_code >= 400:
        raise _read_problem(response.status_code, answer)
    return answer


def _read_problem(status: int, problem: dict[str, Any]) -> ReadmissionError:
    message = str(problem.get("detail", f"the inference service answered {status}"))
    fields = tuple(FieldProblem(e["field"], e["problem"], e.get("allowed")) for e in problem.get("errors", []))
    if problem.get("type") == f"urn:readmission:{NotEligibleError.slug}":
        return NotEligibleError(message, fields)
    if status == 404:
        return NotFoundError(message, fields)
    if status == 503:
        return UnavailableError(message, fields)
    return InvalidInputError(message, fields) if status < 500 else ReadmissionError(message, fields)

"""The body of a hook call and of feedback, read and checked."""

import re
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import msgspec

from readmission.contract.fhir.elements import Element
from readmission.contract.written_reason import is_readable
from readmission.errors import FieldProblem, InvalidInputError, MalformedBodyError
from readmission.services.ehr_gateway.services import PREFETCH, HookService

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
"""FHIR's ``id``; nothing that could lead a query elsewhere."""
MOST_FEEDBACK = 50
_LONGEST_REASON = 1_000
NO_REASON = "overridden without a reason given"


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One call of a hook, checked."""

    instance: UUID
    patient_id: str
    encounter_id: str
    prefetch: dict[str, Any]
    fhir_server: str | None
    fhir_token: str | None


@dataclass(frozen=True, slots=True)
class CardFeedback:
    """What became of one card."""

    prediction_id: UUID
    verdict: Literal["agree", "override"]
    reason: str | None


def decode(body: bytes) -> Element:
    """A JSON object; NaN and lone surrogates are no JSON.

    Raises:
        MalformedBodyError: it is no JSON.
        InvalidInputError: it is no object.
    """
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedBodyError("The body is not valid JSON in UTF-8") from None
    if not isinstance(found, dict):
        raise _problem("body", "must be an object")
    return Element(found, "body")


def read_hook(body: bytes, service: HookService) -> HookRequest:
    """Read a call.

    Raises:
        InvalidInputError: it breaks CDS Hooks 2.0; the field is named.
    """
    request = decode(body)
    if request.text("hook") != service.hook:
        raise _problem("hook", "is not this service's hook", service.hook)
    context = request.child("context")
    authorization = request.child("fhirAuthorization")
    prefetch = request.child("prefetch").json
    return HookRequest(
        instance=_uuid(request.text("hookInstance"), "hookInstance"),
        patient_id=_identifier(context.text("patientId"), "context.patientId"),
        encounter_id=_identifier(context.text("encounterId"), "context.encounterId"),
        prefetch={name: prefetch[name] for name in PREFETCH if name in prefetch},
        fhir_server=request.text("fhirServer"),
        fhir_token=authorization.text("access_token"),
    )


def read_feedback(body: bytes) -> list[CardFeedback]:
    """Read feedback on cards.

    Raises:
        InvalidInputError: it breaks CDS Hooks 2.0; the field is named.
    """
    entries = decode(body).children("feedback")
    if not 0 < len(entries) <= MOST_FEEDBACK:
        raise _problem("feedback", "must be a list", f"1 to {MOST_FEEDBACK} entries")
    return [_read_card(entry) for entry in entries]


def _read_card(entry: Element) -> CardFeedback:
    prediction_id = _uuid(entry.text("card"), f"{entry.path}.card")
    outcome = entry.text("outcome")
    if outcome == "accepted":
        return CardFeedback(prediction_id, "agree", None)
    if outcome != "overridden":
        raise _problem(f"{entry.path}.outcome", "is not an allowed value", "accepted or overridden")
    override = entry.child("overrideReason")
    coding = override.child("reason").coding()
    said = (override.text("userComment") or "", coding.display or coding.code)
    reason = ": ".join(text.strip() for text in reversed(said) if text.strip()).replace("\x00", "")
    return CardFeedback(prediction_id, "override", reason[:_LONGEST_REASON] if is_readable(reason) else NO_REASON)


def _uuid(text: str | None, field: str) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        raise _problem(field, "is required" if text is None else "is not an allowed value", "a UUID") from None


def _identifier(text: str | None, field: str) -> str:
    if text is None or not _ID.fullmatch(text):
        raise _problem(field, "is required" if text is None else "is not an allowed value", "an id of FHIR")
    return text


def _problem(field: str, problem: str, allowed: str | None = None) -> InvalidInputError:
    return InvalidInputError("The call breaks CDS Hooks 2.0", (FieldProblem(field, problem, allowed),))

"""``POST /outcomes``: late labels, joined to the predictions they belong to."""

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import Field, SecretStr

from readmission.contract.outcome import MOST_OUTCOMES, Outcome, OutcomesStored
from readmission.services.inference_service.openapi import problem
from readmission.storage.keyed_requests import KeyedRequest
from readmission.storage.outcomes import record_outcomes
from readmission.web.caller import Caller
from readmission.web.idempotency_key import IdempotencyKey, hash_content

Many = Annotated[list[Outcome], Field(min_length=1, max_length=MOST_OUTCOMES)]


def outcome_routes(url: SecretStr | None) -> APIRouter:
    """The route; ``url`` is the serving role's."""
    router = APIRouter(tags=["outcomes"])

    @router.post(
        "/outcomes",
        status_code=201,
        summary="Report what became of patients, one or many",
        responses={
            404: problem("An id belongs to no stored prediction; nothing was stored."),
            422: problem(
                "An outcome breaks the contract, or the Idempotency-Key was sent with others; nothing was stored."
            ),
            503: problem("PostgreSQL is away."),
        },
    )
    def report_outcomes(
        outcomes: Annotated[Outcome | Many, Body()], caller: Caller, idempotency_key: IdempotencyKey = None
    ) -> OutcomesStored:
        """Stores all of them or none. The same once more, or a correction, is a further report: the newest counts.

        With an Idempotency-Key, the same request sent again adds no report, so it cannot undo a later correction.
        """
        reported = outcomes if isinstance(outcomes, list) else [outcomes]
        keyed = None
        if idempotency_key is not None:
            content = hash_content([outcome.model_dump(mode="json") for outcome in reported])
            keyed = KeyedRequest(caller.name, "outcomes", idempotency_key, content)
        return record_outcomes(url, reported, "api", caller.name, keyed)

    return router

"""``POST /models/rollback``: an earlier champion live again, by :mod:`readmission.storage.registry.roll_back`."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from readmission.contract.written_reason import is_readable
from readmission.services.inference_service.openapi import problem
from readmission.web.caller import Caller


def _check_readable(text: str) -> str:
    if not is_readable(text):
        raise ValueError("has no letter or digit that can be seen")
    return text


_Text = Annotated[
    str,
    Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$"),
    AfterValidator(_check_readable),
]


class RollbackOrder(BaseModel):
    """What to go back to, and why."""

    model_config = ConfigDict(extra="forbid")

    version: str | None = Field(
        default=None,
        pattern=r"^[0-9]{1,9}$",
        description="A version the gate signed before; the one before the live one if left out.",
    )
    reason: _Text = Field(description="Why; recorded with the decision.")
    actor: _Text | None = Field(
        default=None, description="Who asks, in their own words; recorded in brackets behind the name of the key."
    )


class Rollback(BaseModel):
    """A recorded rollback. The service goes live with ``champion`` at its next look at the record."""

    promotion_id: int = Field(description="Number of the decision in GET /promotions.")
    champion: str = Field(description="Version that is live from now on.")
    champion_before: str = Field(description="Version that was live until now.")
    reason: str


def roll_back_routes(roll_back: Callable[[str, str, str | None], dict[str, Any]]) -> APIRouter:
    """The route.

    Args:
        roll_back: takes actor, reason and version, and gives what :class:`Rollback` holds.
    """
    router = APIRouter(tags=["models"])

    @router.post(
        "/models/rollback",
        summary="Make an earlier champion live again",
        responses={
            401: problem("The key is missing or wrong; without a key file it is the service's admin key."),
            403: problem("The key gives no such right."),
            404: problem("The registry has that version no more."),
            409: problem("There is nothing to go back to, or that version never was live."),
            422: problem("The order breaks the contract."),
            503: problem("The version's files are damaged, or PostgreSQL, the registry or its store is away."),
        },
    )
    async def order_rollback(order: RollbackOrder, caller: Caller) -> Rollback:
        """Checks the earlier version's signature, files and probe, then records the decision, which alone counts.

        The registry's alias is moved later, by the gate: this service may not.
        """
        actor = f"{caller.name} ({order.actor})" if order.actor else caller.name
        done = await asyncio.to_thread(roll_back, actor, order.reason, order.version)
        return Rollback.model_validate(done)

    return router

"""A version's model card, shown from the page's own address."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from readmission.services.ui.inference_client import InferenceClient

# The card is a document: nothing in it may run or be fetched from elsewhere; only the page may frame it.
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'; sandbox",
    "x-content-type-options": "nosniff",
}


def card_routes(client: InferenceClient, language: str) -> APIRouter:
    """``GET /{language}/card/{version}``."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"/{language}/card/{{version}}")
    async def show_card(version: str) -> HTMLResponse:
        return HTMLResponse(await client.card(version), headers=HEADERS)

    return router

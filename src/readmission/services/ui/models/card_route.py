"""A version's model card, shown from the page's own address."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from readmission.client import AsyncInferenceClient
from readmission.services.ui.page import show_live_model
from readmission.services.ui.words import Words

# The card is a document: nothing in it may run or be fetched from elsewhere; only the page may frame it.
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'; sandbox",
    "x-content-type-options": "nosniff",
}


def card_routes(client: AsyncInferenceClient, words: Words) -> APIRouter:
    """``GET /{language}/card/{version}`` and ``GET /{language}/live``."""
    language = words.language
    router = APIRouter(include_in_schema=False)

    @router.get(f"/{language}/card/{{version}}")
    async def show_card(version: str) -> HTMLResponse:
        return HTMLResponse(await client.read_card(version), headers=HEADERS)

    @router.get(f"/{language}/live")
    async def show_live() -> dict[str, str]:
        """Header and banner again: a page may stay open for a shift, and the live model changes meanwhile."""
        header, banner = await show_live_model(client, words)
        return {"header": header, "banner": banner}

    return router

"""A version's model card, shown from the page's own address."""

import json
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from readmission.services.ui.inference_client import InferenceClient
from readmission.services.ui.words import Words

# The card is a document: nothing in it may run or be fetched from elsewhere.
_HEADERS = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:"}


def card_routes(client: InferenceClient, language: str) -> APIRouter:
    """``GET /{language}/card/{version}``."""
    router, words = APIRouter(include_in_schema=False), Words(language)

    @router.get(f"/{language}/card/{{version}}")
    async def show_card(version: str) -> HTMLResponse:
        card = await client.card(version)
        if card.headers.get("content-type", "").startswith("text/html"):
            return HTMLResponse(card.text, headers=_HEADERS)
        text = escape(json.dumps(card.json(), indent=2, ensure_ascii=False))
        title = words("Model card, version {version}", version=escape(version))
        body = f"<title>{title}</title><h1>{title}</h1><pre style='white-space:pre-wrap'>{text}</pre>"
        return HTMLResponse(
            f"<!doctype html><html lang='{language}'><meta charset='utf-8'>{body}</html>", headers=_HEADERS
        )

    return router

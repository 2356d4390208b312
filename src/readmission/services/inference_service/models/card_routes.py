"""The model card of a version over HTTP: a document in which nothing runs and nothing is fetched from elsewhere."""

import asyncio

from fastapi import APIRouter, Request, Response

from readmission.errors import ArtifactError
from readmission.model.artifact import CARD_FILE, CARD_PAGE_FILE
from readmission.services.inference_service.models.follow_champion import ChampionFollower
from readmission.services.inference_service.openapi import problem
from readmission.storage.registry.registry_reader import RegistryReader
from readmission.storage.registry.stored_card import fetch_card, read_local_card
from readmission.web.media_types import choose_media_type

FORMS = {"text/markdown": CARD_FILE, "text/html": CARD_PAGE_FILE}
"""Markdown to clients that accept anything: a terminal can show it. Browsers ask for HTML."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'; sandbox",
    "Vary": "Accept",
}


def card_routes(follower: ChampionFollower, registry: RegistryReader) -> APIRouter:
    """``GET /models/{version}/card``."""
    router = APIRouter(tags=["models"])

    def read(version: str, file: str) -> bytes:
        live = follower.live
        if live is not None and live.version == version:
            try:
                return read_local_card(live.folder, live.manifest, version, file)
            except ArtifactError:  # gone or damaged on this disk: the registry's copy decides
                pass
        return fetch_card(registry, version, file)

    @router.get(
        "/models/{version}/card",
        summary="The card of a version: Markdown or HTML, as Accept asks",
        response_class=Response,
        responses={
            200: {
                "description": "The card, as it was stored with the version's files.",
                "content": {media_type: {"schema": {"type": "string"}} for media_type in FORMS},
            },
            404: problem("No such version, or it has no card."),
            406: problem("Accept asks for neither Markdown nor HTML."),
            503: problem("The registry is away, or the version's files are not those it recorded."),
        },
    )
    async def read_card(version: str, request: Request) -> Response:
        """The live version's card comes from this machine, also while the registry is away."""
        media_type = choose_media_type(request.headers.get("accept"), list(FORMS))
        content = await asyncio.to_thread(read, version, FORMS[media_type])
        return Response(content, media_type=f"{media_type}; charset=utf-8", headers=HEADERS)

    return router

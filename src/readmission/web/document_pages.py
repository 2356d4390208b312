"""The pages about an API: ``/docs`` from files of this machine, so that it works without a network, and the way to it.

FastAPI's own page fetches Swagger UI from a public server. The package ``fastapi-offline`` carries the same files.
"""

from importlib.resources import files
from pathlib import Path
from typing import Literal

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

_ASSETS = Path(str(files("fastapi_offline"))) / "static"
_NO_ICON = "data:,"


def add_document_pages(app: FastAPI) -> None:
    """Add ``/docs`` with its files, and send a visitor of ``/`` there.

    Args:
        app: made with ``docs_url=None`` and ``redoc_url=None``.
    """

    @app.get("/", include_in_schema=False)
    async def lead_to_docs() -> RedirectResponse:
        return RedirectResponse("/docs")

    @app.get("/docs", include_in_schema=False)
    async def show_docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=app.title,
            swagger_js_url="/docs/swagger-ui-bundle.js",
            swagger_css_url="/docs/swagger-ui.css",
            swagger_favicon_url=_NO_ICON,
        )

    @app.get("/docs/{name}", include_in_schema=False)
    async def give_asset(name: Literal["swagger-ui-bundle.js", "swagger-ui.css"]) -> FileResponse:
        return FileResponse(_ASSETS / name, headers={"Cache-Control": "public, max-age=86400"})

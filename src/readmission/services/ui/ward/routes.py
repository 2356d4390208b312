"""What the ward list asks the page's own server for: templates, and a list scored while it tells how far it is."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from readmission.client import AsyncInferenceClient
from readmission.contract.encounter import BY_NAME
from readmission.errors import BodyTooLargeError, NotFoundError, ReadmissionError
from readmission.services.ui.value_words import explain_problem, say_allowed
from readmission.services.ui.ward.read_file import read_ward_file, write_template
from readmission.services.ui.ward.score import WardResult, score_ward
from readmission.services.ui.words import Words

MOST_BYTES = 50 * 1024 * 1024
_TEMPLATES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


class WardScorer:
    """Scores lists in one language; nothing of a list is kept by the page."""

    def __init__(self, client: AsyncInferenceClient, words: Words) -> None:
        self._client = client
        self._words = words

    async def score(self, content: bytes) -> AsyncIterator[bytes]:
        """Lines of JSON: ``{"done", "of"}`` while it works, then ``{"rows", "problems", ...}`` or ``{"refused"}``."""
        try:
            rows = await asyncio.to_thread(read_ward_file, content)
            live = (await self._client.list_models())["live"] or {}
            average = (live.get("base_risk") or {}).get("risk_30d", 0.0)
            result = WardResult()
            async for done in score_ward(self._client, rows, average, result):
                yield _line({"done": done, "of": len(rows)})
        except ReadmissionError as error:
            yield _line({"refused": self._refusal(error)})
            return
        yield _line(await asyncio.to_thread(self._describe, result))

    def _describe(self, result: WardResult) -> dict[str, Any]:
        return {
            "rows": result.scored,
            "refused_rows": result.rows_refused,
            "problems": [
                [
                    each["row"],
                    self._title(each["field"]),
                    self._say(each),
                    say_allowed(each["field"], each["allowed"], self._words),
                ]
                for each in result.problems
            ],
        }

    def _say(self, problem: dict[str, Any]) -> str:
        return self._words.known(str(problem["problem"]))

    def _refusal(self, error: ReadmissionError) -> dict[str, Any]:
        words = self._words
        lines = [f"{self._title(each.field)}: {explain_problem(each, words)}" for each in error.problems]
        return {"text": words.explain(error), "lines": lines}

    def _title(self, name: str) -> str:
        return f"{self._words(BY_NAME[name].title)} ({name})" if name in BY_NAME else name


def _line(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def ward_routes(client: AsyncInferenceClient, words: Words) -> APIRouter:
    """The list's routes under the language's path; they must stand before the page is mounted there."""
    router = APIRouter(prefix=f"/{words.language}/ward", include_in_schema=False)
    scorer = WardScorer(client, words)

    @router.get("/template.{kind}")
    async def template(kind: str) -> Response:
        if kind not in _TEMPLATES:
            raise NotFoundError("There is no such template")
        content = io.BytesIO()
        await asyncio.to_thread(write_template, content, kind)
        name = {"content-disposition": f'attachment; filename="ward-list.{kind}"'}
        return Response(content.getvalue(), media_type=_TEMPLATES[kind], headers=name)

    # Not a form's media type: another site's page cannot send this without asking first.
    @router.post("/score")
    async def score(request: Request) -> StreamingResponse:
        if request.headers.get("content-type") != "application/octet-stream":
            raise NotFoundError("Send the list as application/octet-stream")
        content = bytearray()
        async for part in request.stream():
            content += part
            if len(content) > MOST_BYTES:
                raise BodyTooLargeError(f"A list takes at most {MOST_BYTES // 1024**2} MB")
        return StreamingResponse(scorer.score(bytes(content)), media_type="application/x-ndjson")

    return router

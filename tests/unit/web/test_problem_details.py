"""What a body that breaks the contract is answered: the field, what is wrong, the form expected; never its value."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI, Query

from readmission.services.inference_service.feedback_routes import Feedback
from readmission.services.inference_service.models.roll_back_route import RollbackOrder
from readmission.web.problem_details import install_problem_details

app = FastAPI()
install_problem_details(app)


@app.post("/said/{number}")
async def say(number: UUID, said: Feedback) -> None: ...


@app.post("/order")
async def order(order: RollbackOrder, limit: int = Query(default=1, ge=1, le=9)) -> None: ...


NUMBER = "01980c5e-7b7a-7cc3-98c4-dc0c0c07398f"
CASES: list[tuple[str, Any, str, str, str | None]] = [
    (f"/said/{NUMBER}", "text", "body", "is not an object", "a JSON object"),
    (f"/said/{NUMBER}", [1], "body", "is not an object", "a JSON object"),
    (f"/said/{NUMBER}", {}, "verdict", "is required", None),
    (f"/said/{NUMBER}", {"verdict": "maybe"}, "verdict", "is not an allowed value", "'agree' or 'override'"),
    (f"/said/{NUMBER}", {"verdict": "agree", "by": "x"}, "by", "is not a known field", None),
    (f"/said/{NUMBER}", {"verdict": "agree", "reason": 7}, "reason", "is not an allowed value", "text"),
    (f"/said/{NUMBER}", {"verdict": "agree", "reason": "x" * 1001}, "reason", "is too long", "at most 1000 characters"),
    ("/said/secret-name", {"verdict": "agree"}, "number", "is not an allowed value", "a UUID"),
    ("/order?limit=10", {"reason": "why"}, "limit", "is out of range", "at most 9"),
    ("/order?limit=ten", {"reason": "why"}, "limit", "is not an allowed value", "a whole number"),
    ("/order", {"reason": ""}, "reason", "is too short", "at least 1 character"),
    ("/order", {"reason": "\u2800"}, "reason", "has no letter or digit that can be seen", None),
]


@pytest.mark.parametrize(("path", "body", "field", "problem", "allowed"), CASES)
def test_a_broken_body_is_named(path: str, body: Any, field: str, problem: str, allowed: str | None) -> None:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return await client.post(path, json=body)

    answer = asyncio.run(send())
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": field, "problem": problem, "allowed": allowed}]
    assert "secret-name" not in answer.text

"""The pages about the API come from this machine alone."""

import re

import pytest
from fastapi.testclient import TestClient

from readmission.services.data_service.app import create_app
from readmission.settings import Settings


@pytest.fixture
def client() -> TestClient:
    return TestClient(create_app(Settings(dataset="synthetic")), base_url="http://127.0.0.1")


def test_the_front_door_leads_to_the_docs(client: TestClient) -> None:
    answer = client.get("/", follow_redirects=True)
    assert answer.url.path == "/docs"
    assert "swagger-ui" in answer.text


def test_nothing_is_fetched_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs").text
    addresses = re.findall(r"""(?:src|href)="([^"]+)"|url: '([^']+)'""", page)
    named = [one or other for one, other in addresses]
    assert sorted(named) == ["/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/openapi.json", "data:,"]
    for path in named[:-1]:
        if path.startswith("/"):
            answer = client.get(path)
            assert answer.status_code == 200
            assert len(answer.content) > 1000


@pytest.mark.parametrize("name", ["x", "..%2f..%2fsettings.py", "redoc.standalone.js"])
def test_no_other_file_is_given(client: TestClient, name: str) -> None:
    assert client.get(f"/docs/{name}").status_code in (404, 422)

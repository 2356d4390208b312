"""MLflow's door as `make up` opens it: nobody without a login, no artifact outside its root, no route it can spare."""

import base64
import contextlib
import http.client
import json
import socket
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.conftest import RunningParts

USERS = ("admin", "pipeline", "gate", "inference-service", "metrics")
OUTSIDE = [
    "file:///tmp/anywhere",
    "/tmp/anywhere",
    "file:/tmp/anywhere",
    "FILE:///tmp/anywhere",
    "s3://another/artifacts",
    "s3://mlflow/other",
    "s3://mlflow/artifacts-of-somebody",
    "s3://mlflow/artifacts/../other",
    "s3://mlflow/artifacts/1/../../other",
    "s3://mlflow/artifacts/%2e%2e/other",
    "s3://mlflow/artifacts/%252e%252e/other",
    "s3://mlflow/artifacts/..%2fother",
    "s3://mlflow/artifacts/a\\..\\..\\other",
    "s3://mlflow/artifacts//other",
    "s3://mlflow/artifacts/?endpoint=http://evil.example",
    "s3://mlflow/artifacts/#x",
    "s3://user@mlflow/artifacts/x",
    "S3://mlflow/artifacts/x",
    "http://127.0.0.1:1/x",
    "ftp://127.0.0.1/x",
    "dbfs:/x",
    "mlflow-artifacts:/x",
    "runs:/0123456789abcdef0123456789abcdef/model",
    "models:/readmission/1",
    " s3://mlflow/artifacts/x",
    "s3://mlflow/artifacts/x\n",
]


def ask(
    parts: RunningParts, user: str | None, method: str, path: str, body: object = None, **more: object
) -> httpx.Response:
    login = None if user is None else parts.mlflow_login(user)
    address = parts.environment["MLFLOW_TRACKING_URI"]
    # httpx would tidy up the path.
    url = httpx.URL(address).copy_with(raw_path=path.encode())
    with httpx.Client(trust_env=False, timeout=60, auth=login) as client:
        return client.request(method, url, json=body, **more)  # type: ignore[arg-type]


def raw(parts: RunningParts, request: bytes) -> bytes:
    """What the server sends back on a socket, to its end."""
    parsed = urlsplit(parts.environment["MLFLOW_TRACKING_URI"])
    with socket.create_connection((str(parsed.hostname), int(parsed.port or 0)), timeout=60) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def basic(login: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(login).encode()).decode()


@pytest.fixture(scope="module")
def run(s3_and_mlflow: RunningParts) -> dict[str, str]:
    """A run of the pipeline, its artifacts where they belong."""
    name = f"door-{uuid.uuid4().hex}"
    made = ask(s3_and_mlflow, "pipeline", "POST", "/api/2.0/mlflow/experiments/create", {"name": name})
    assert made.status_code == 200, made.text
    body = {"experiment_id": made.json()["experiment_id"], "start_time": int(time.time() * 1000)}
    answer = ask(s3_and_mlflow, "pipeline", "POST", "/api/2.0/mlflow/runs/create", body)
    assert answer.status_code == 200, answer.text
    info: dict[str, str] = answer.json()["run"]["info"]
    return info


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/metrics"),
        ("GET", "/version"),
        ("GET", "/static-files/index.html"),
        ("GET", "/signup"),
        ("GET", "/get-artifact?run_uuid=x&path=y"),
        ("POST", "/graphql"),
        ("POST", "/api/2.0/mlflow/experiments/search"),
        ("POST", "/ajax-api/2.0/mlflow/experiments/create"),
        ("POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=x&path=y"),
        ("GET", "/api/2.0/mlflow/registered-models/search"),
        ("GET", "/api/2.0/mlflow-artifacts/artifacts"),
        ("POST", "/api/2.0/mlflow/webhooks"),
        ("POST", "/v1/traces"),
        ("POST", "/ajax-api/3.0/mlflow/assistant/message"),
        ("GET", "/no-such-page"),
        ("OPTIONS", "/api/2.0/mlflow/experiments/create"),
    ],
)
def test_nobody_gets_in_without_a_login(s3_and_mlflow: RunningParts, method: str, path: str) -> None:
    stranger = ask(s3_and_mlflow, None, method, path, {} if method == "POST" else None)
    assert stranger.status_code == 401
    assert stranger.headers["www-authenticate"].startswith("Basic ")
    address = s3_and_mlflow.environment["MLFLOW_TRACKING_URI"]
    for wrong in (("admin", "password1234"), ("admin", ""), ("nobody", "x" * 40)):
        refused = httpx.request(method, f"{address}{path}", auth=wrong, trust_env=False, timeout=60)
        assert refused.status_code == 401, wrong


def test_only_its_health_is_open(s3_and_mlflow: RunningParts) -> None:
    assert ask(s3_and_mlflow, None, "GET", "/health").text == "OK"


@pytest.mark.parametrize("user", ["admin", "pipeline"])
@pytest.mark.parametrize("location", OUTSIDE)
def test_an_experiment_keeps_its_artifacts_below_the_root(
    s3_and_mlflow: RunningParts, user: str, location: str
) -> None:
    for prefix in ("/api", "/ajax-api"):
        name = f"outside-{uuid.uuid4().hex}"
        body = {"name": name, "artifact_location": location}
        refused = ask(s3_and_mlflow, user, "POST", f"{prefix}/2.0/mlflow/experiments/create", body)
        assert refused.status_code == 400, refused.text
        assert "artifact_location" in refused.json()["message"]
        query = f"/api/2.0/mlflow/experiments/get-by-name?experiment_name={name}"
        assert ask(s3_and_mlflow, user, "GET", query).status_code == 404


def test_the_other_spellings_of_a_location_do_not_pass(s3_and_mlflow: RunningParts) -> None:
    """protobuf's JSON takes camelCase; Python's takes the last of two equal names; MLflow decodes a string twice."""
    location = "file:///tmp/anywhere"
    create = "/api/2.0/mlflow/experiments/create"
    login = basic(s3_and_mlflow.mlflow_login("admin"))
    inner = json.dumps({"name": "twice-decoded", "artifact_location": location})
    bodies: list[str | bytes] = [
        json.dumps({"name": "camel", "artifactLocation": location}),
        f'{{"name": "double", "artifact_location": "{location}", "artifact_location": ""}}',
        f'{{"name": "double", "artifact_location": "", "artifact_location": "{location}"}}',
        json.dumps(inner),
        json.dumps([{"name": "list", "artifact_location": location}]),
        json.dumps({"name": "number", "artifact_location": 3}),
        json.dumps({"name": "list-inside", "artifact_location": [location]}),
        inner.encode("utf-16"),
        b"[" * 200_000,
        b"\xff\xfe",
    ]
    for body in bodies:
        content = body.encode() if isinstance(body, str) else body
        for content_type in ("application/json", "text/plain", "application/json; charset=utf-16"):
            head = f"POST {create} HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAuthorization: {login}\r\nConnection: close\r\n"
            head += f"Content-Type: {content_type}\r\nContent-Length: {len(content)}\r\n\r\n"
            answer = raw(s3_and_mlflow, head.encode() + content)
            assert answer.startswith(b"HTTP/1.1 400 "), (content[:80], answer[:300])
    in_query = f"{create}?name=in-query&artifact_location={location}"
    assert ask(s3_and_mlflow, "admin", "POST", in_query, {}).status_code == 400
    with psycopg.connect(_mlflow_database(s3_and_mlflow)) as connection:
        kept = connection.execute("SELECT artifact_location FROM experiments").fetchall()
    assert all(location.startswith("s3://mlflow/artifacts/") for (location,) in kept), kept


@pytest.mark.parametrize("user", ["admin", "pipeline"])
@pytest.mark.parametrize("source", OUTSIDE)
def test_a_version_lies_in_the_folder_of_its_run(
    s3_and_mlflow: RunningParts, user: str, source: str, run: Mapping[str, str]
) -> None:
    model = {"name": "door"}
    ask(s3_and_mlflow, user, "POST", "/api/2.0/mlflow/registered-models/create", model)
    create = "/api/2.0/mlflow/model-versions/create"
    for body in (
        {**model, "source": source, "run_id": run["run_id"]},
        {**model, "source": source},
        {**model, "source": f"{run['artifact_uri']}/model"},
        {**model, "source": f"{run['artifact_uri']}/model", "run_id": "0" * 32},
        {**model, "source": f"{run['artifact_uri']}/model", "runId": run["run_id"], "run_id": ""},
        {**model, "source": source, "run_id": run["run_id"],
         "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]},
        {**model, "source": f"{run['artifact_uri']}/model", "run_id": run["run_id"], "model_id": "m-1"},
    ):  # fmt: skip
        refused = ask(s3_and_mlflow, user, "POST", create, body)
        assert refused.status_code == 400, refused.text
    assert ask(s3_and_mlflow, user, "GET", "/api/2.0/mlflow/model-versions/search").json() == {} or all(
        found["source"].startswith("s3://mlflow/artifacts/")
        for found in ask(s3_and_mlflow, user, "GET", "/api/2.0/mlflow/model-versions/search").json()["model_versions"]
    )


@pytest.mark.parametrize("user", USERS)
def test_row_2_of_the_attack_a_dag_by_way_of_mlflow(
    s3_and_mlflow: RunningParts, user: str, tmp_path: Path, run: Mapping[str, str]
) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    name = f"dags-{uuid.uuid4().hex}"
    body = {"name": name, "artifact_location": dags.as_uri()}
    for prefix in ("/api", "/ajax-api"):
        assert ask(s3_and_mlflow, user, "POST", f"{prefix}/2.0/mlflow/experiments/create", body).status_code in (
            400,
            403,
        )
    upload = f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run['run_id']}&path=dag.py"
    answer = ask(s3_and_mlflow, user, "POST", upload, content=b"print('in')", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 404
    assert list(dags.iterdir()) == []


def test_an_experiment_made_before_the_rule_opens_no_file(s3_and_mlflow: RunningParts, tmp_path: Path) -> None:
    """An attacker's experiment of yesterday is in the database: its files are neither read nor written."""
    (tmp_path / "secret.txt").write_text("the secret")
    experiment, run_id = f"old-{uuid.uuid4().hex}", uuid.uuid4().hex
    with psycopg.connect(_mlflow_database(s3_and_mlflow)) as connection:
        made = connection.execute(
            "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time)"
            " VALUES (%s, %s, 'active', 0, 0) RETURNING experiment_id",
            (experiment, tmp_path.as_uri()),
        ).fetchone()
        assert made is not None
        connection.execute(
            "INSERT INTO runs (run_uuid, name, status, start_time, artifact_uri, experiment_id, lifecycle_stage,"
            " source_type, user_id) VALUES (%s, 'old', 'RUNNING', 0, %s, %s, 'active', 'LOCAL', 'x')",
            (run_id, tmp_path.as_uri(), made[0]),
        )
    for path in (
        f"/get-artifact?run_uuid={run_id}&path=secret.txt",
        f"/api/2.0/mlflow/artifacts/list?run_id={run_id}",
        f"/ajax-api/2.0/mlflow/artifacts/list?run_id={run_id}",
    ):
        answer = ask(s3_and_mlflow, "admin", "GET", path)
        assert answer.status_code >= 400, answer.text
        assert "the secret" not in answer.text
        assert "secret.txt" not in answer.text
    with psycopg.connect(_mlflow_database(s3_and_mlflow)) as connection:
        connection.execute("DELETE FROM runs WHERE run_uuid = %s", (run_id,))
        connection.execute("DELETE FROM experiments WHERE name = %s", (experiment,))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/2.0/mlflow/webhooks"),
        ("POST", "/api/2.0/mlflow/webhooks/x/test"),
        ("POST", "/ajax-api/2.0/mlflow/gateway-proxy"),
        ("GET", "/ajax-api/2.0/mlflow/gateway-proxy?gateway_path=http://127.0.0.1/"),
        ("POST", "/api/3.0/mlflow/gateway/endpoints/create"),
        ("POST", "/gateway/proxy/x/y"),
        ("POST", "/ajax-api/3.0/mlflow/assistant/message"),
        ("PUT", "/ajax-api/3.0/mlflow/assistant/config"),
        ("POST", "/ajax-api/3.0/jobs/"),
        ("POST", "/ajax-api/3.0/mlflow/scorer/invoke"),
        ("POST", "/api/3.0/mlflow/scorers/register"),
        ("POST", "/ajax-api/3.0/mlflow/genai/evaluate/invoke"),
        ("POST", "/api/3.0/mlflow/mcp-servers"),
        ("POST", "/v1/traces"),
        ("POST", "/api/2.0/mlflow/traces"),
        ("POST", "/api/3.0/mlflow/traces"),
        ("PUT", "/api/2.0/mlflow-artifacts/artifacts/1/x"),
        ("GET", "/api/2.0/mlflow-artifacts/artifacts/1/x"),
        ("DELETE", "/api/2.0/mlflow-artifacts/artifacts/1/x"),
        ("POST", "/api/2.0/mlflow-artifacts/mpu/create/1/x"),
        ("POST", "/api/2.0/mlflow/artifacts/presigned-upload-url"),
        ("POST", "/api/2.0/mlflow/logged-models"),
        ("POST", "/api/2.0/mlflow/runs/log-model"),
        ("POST", "/api/2.0/mlflow/runs/outputs"),
        ("POST", "/ajax-api/2.0/mlflow/runs/create-promptlab-run"),
        ("POST", "/api/2.0/mlflow/model-versions/transition-stage"),
        ("POST", "/ajax-api/3.0/mlflow/demo/generate"),
        ("PATCH", "/api/2.0/mlflow/users/update-admin"),
        ("GET", "/signup"),
        ("POST", "/api/2.0/mlflow/users/create-ui"),
        ("POST", "//api/2.0/mlflow/experiments/create"),
        ("POST", "/api/2.0/mlflow/experiments/create/"),
        ("POST", "/api/2.0/mlflow/experiments%2fcreate/x"),
        ("POST", "/api/2.0/mlflow/./experiments/../webhooks"),
        ("GET", "/static-files/..%2f..%2fserver/__init__.py%00"),
        ("TRACE", "/"),
    ],
)
def test_what_this_system_does_not_need_is_closed_to_the_administrator_too(
    s3_and_mlflow: RunningParts, method: str, path: str
) -> None:
    answer = ask(s3_and_mlflow, "admin", method, path, {} if method in ("POST", "PUT", "PATCH") else None)
    assert answer.status_code in (400, 404), answer.text
    assert "Traceback" not in answer.text


def test_a_login_is_read_one_way(s3_and_mlflow: RunningParts) -> None:
    """Two headers, or one that two readers could take for different users, are no login."""
    metrics, admin = (basic(s3_and_mlflow.mlflow_login(user)) for user in ("metrics", "admin"))
    path = "/api/2.0/mlflow/users/list"
    for headers in (
        f"Authorization: {metrics}\r\nAuthorization: {admin}\r\n",
        f"Authorization: {admin}, {metrics}\r\n",
        f"Authorization: {admin[:-4]}\r\n",
        f"Authorization: Bearer {admin[6:]}\r\n",
        f"X-MLflow-Authorization: {admin}\r\n",
        "Authorization: Basic " + base64.b64encode("ädmin:x".encode()).decode() + "\r\n",
        "Authorization: Basic\r\n",
    ):
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: close\r\n{headers}\r\n"
        assert raw(s3_and_mlflow, head.encode()).startswith(b"HTTP/1.1 401 "), headers


def test_a_web_page_cannot_reach_it_by_another_name_or_from_another_origin(s3_and_mlflow: RunningParts) -> None:
    search = "/api/2.0/mlflow/experiments/search"
    body = {"max_results": 5}
    assert ask(s3_and_mlflow, "admin", "POST", search, body).status_code == 200
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        assert ask(s3_and_mlflow, "admin", "POST", search, body, headers=headers).status_code == 403


def test_a_body_without_an_end_is_not_kept(s3_and_mlflow: RunningParts) -> None:
    """MLflow keeps whole bodies in memory, and does so before it looks at the login."""
    parsed = urlsplit(s3_and_mlflow.environment["MLFLOW_TRACKING_URI"])
    login = basic(s3_and_mlflow.mlflow_login("pipeline"))
    for said in ({"Content-Length": str(10**10)}, {"Transfer-Encoding": "chunked"}):
        connection = http.client.HTTPConnection(str(parsed.hostname), int(parsed.port or 0), timeout=60)
        connection.putrequest("POST", "/api/2.0/mlflow/runs/log-batch")
        for name, value in {"Authorization": login, **said}.items():
            connection.putheader(name, value)
        connection.endheaders()
        with contextlib.suppress(OSError):  # it answers and hangs up
            for _ in range(40):
                part = b"x" * 2**20
                connection.send(b"100000\r\n" + part + b"\r\n" if "Transfer-Encoding" in said else part)
        # The answer may be lost with the connection, which is closed all the same.
        with contextlib.suppress(ConnectionError, http.client.BadStatusLine):
            assert connection.getresponse().status == 413
        connection.close()
    assert ask(s3_and_mlflow, "admin", "GET", "/version").status_code == 200


def _mlflow_database(parts: RunningParts) -> str:
    port = parts.settings.ports.postgres
    return f"postgresql://mlflow:{parts.secrets['mlflow']}@127.0.0.1:{port}/mlflow"

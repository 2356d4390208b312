"""The published client against the running service: types, errors, retries that store nothing twice."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import httpx
import pytest

from readmission.client import (
    AsyncInferenceClient,
    BatchRow,
    Explanation,
    Feedback,
    InferenceClient,
    InvalidInputError,
    Models,
    NotEligibleError,
    NotFoundError,
    OutcomeCounts,
    Retries,
    UnavailableError,
)
from readmission.contract.examples import FREQUENT_VISITOR, HOME_AFTER_SHORT_STAY
from tests.conftest import free_port
from tests.integration.inference_service.conftest import Registry, Service, StartService
from tests.small_model import SmallModel

AT_ONCE = Retries(attempts=3, first_wait_seconds=0.01)
UNKNOWN = "01890000-0000-7000-8000-000000000000"


class LosesAnswers(httpx.BaseTransport):
    """A network that delivers every request and loses the first answers, or fails before the first requests."""

    def __init__(self, lost: int = 0, unreached: int = 0) -> None:
        self._inner = httpx.HTTPTransport()
        self._lost = lost
        self._unreached = unreached
        self.sent = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent += 1
        if self.sent <= self._unreached:
            raise httpx.ConnectError("no route")
        response = self._inner.handle_request(request)
        if self.sent <= self._lost + self._unreached:
            response.read()
            raise httpx.ReadError("the connection broke")
        return response

    def close(self) -> None:
        self._inner.close()


@pytest.fixture
def service(make_service: StartService, registry: Registry, models: Callable[[float], SmallModel]) -> Service:
    registry.make_live("python-client", registry.register(models(0.0)))
    return make_service("python-client").start()


@pytest.fixture
def client(service: Service) -> Iterator[InferenceClient]:
    with InferenceClient(service.url, retries=AT_ONCE) as client:
        yield client


def test_every_call_of_a_days_work(client: InferenceClient, service: Service) -> None:
    prediction = client.predict(FREQUENT_VISITOR | {"encounter_id": 77})
    assert 0 <= prediction.risk_30d <= prediction.risk_any <= 1
    stored = client.read_prediction(str(prediction.prediction_id))
    assert stored["encounter"]["number_inpatient"] == FREQUENT_VISITOR["number_inpatient"]
    said = client.give_feedback(str(prediction.prediction_id), "override", "a nurse visits daily", decided="no_flag")
    assert (said["verdict"], said["reason"], said["decided"]) == ("override", "a nurse visits daily", "no_flag")
    outcome = {"encounter_id": 77, "readmitted": "<30"}
    assert client.report_outcomes([outcome]) == {"first": 1, "duplicate": 0, "correction": 0}
    assert client.report_outcomes([outcome])["duplicate"] == 1
    live = client.list_models()["live"]
    assert live is not None
    assert live["version"] == prediction.model_version


def test_a_card_comes_in_the_form_asked_for(
    make_service: StartService, registry: Registry, models: Callable[[float], SmallModel]
) -> None:
    version = registry.register(models(0.0).with_card("# Card", "<h1>Card</h1>"))
    registry.make_live("python-client", version)
    with InferenceClient(make_service("python-client").start().url) as client:
        assert client.read_card(version) == "<h1>Card</h1>"
        assert client.read_card(version, "text/markdown") == "# Card"


def test_both_clients_have_the_same_methods() -> None:
    def public(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert public(InferenceClient) == public(AsyncInferenceClient)


def test_the_asynchronous_client_answers_the_same(service: Service) -> None:
    async def ask() -> tuple[float, list[BatchRow]]:
        async with AsyncInferenceClient(service.url) as client:
            one = await client.predict(FREQUENT_VISITOR)
            return one.risk_30d, [row async for row in client.predict_batch([FREQUENT_VISITOR] * 3)]

    risk, rows = asyncio.run(ask())
    assert [row["risk_30d"] for row in rows] == [risk] * 3


def test_a_batch_is_sent_in_parts_and_numbered_through(client: InferenceClient, service: Service) -> None:
    broken = HOME_AFTER_SHORT_STAY | {"time_in_hospital": 99}
    rows = list(client.predict_batch((broken if n == 3 else FREQUENT_VISITOR for n in range(7)), rows_per_request=3))
    assert [row["row"] for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert [row["row"] for row in rows if "problem" in row] == [4]
    assert rows[3]["errors"][0]["field"] == "time_in_hospital"
    assert len(service.stored_ids()) == 6


def test_a_lost_answer_is_asked_for_again_and_stored_once(service: Service) -> None:
    network = LosesAnswers(lost=2)
    with InferenceClient(service.url, retries=AT_ONCE, transport=network) as client:
        prediction = client.predict(FREQUENT_VISITOR)
    assert network.sent == 3
    assert service.stored_ids() == {str(prediction.prediction_id)}


def test_without_names_a_lost_answer_is_not_asked_for_again(service: Service) -> None:
    network = LosesAnswers(lost=1)
    client = InferenceClient(service.url, retries=AT_ONCE, idempotent=False, transport=network)
    with client, pytest.raises(UnavailableError):
        client.predict(FREQUENT_VISITOR)
    assert network.sent == 1


def test_feedback_is_sent_again_only_if_it_never_arrived(client: InferenceClient, service: Service) -> None:
    identifier = str(client.predict(FREQUENT_VISITOR).prediction_id)
    lost = LosesAnswers(lost=1)
    with InferenceClient(service.url, retries=AT_ONCE, transport=lost) as careful, pytest.raises(UnavailableError):
        careful.give_feedback(identifier, "agree")
    unreached = LosesAnswers(unreached=1)
    with InferenceClient(service.url, retries=AT_ONCE, transport=unreached) as careful:
        careful.give_feedback(identifier, "agree")
    assert (lost.sent, unreached.sent) == (1, 2)
    assert len(service.client.get(f"/predictions/{identifier}/feedback").json()) == 2


def test_errors_name_what_is_wrong(client: InferenceClient) -> None:
    with pytest.raises(InvalidInputError) as broken:
        client.predict(FREQUENT_VISITOR | {"gender": "M"})
    assert [problem.field for problem in broken.value.problems] == ["gender"]
    with pytest.raises(NotEligibleError):
        client.predict(FREQUENT_VISITOR | {"discharge_disposition_id": 11})
    with pytest.raises(NotFoundError):
        client.read_prediction(UNKNOWN)
    with pytest.raises(NotFoundError):
        client.read_prediction("../models")
    with pytest.raises(InvalidInputError):
        client.predict({"age": float("nan")})


def test_nobody_there_is_one_clear_error() -> None:
    client = InferenceClient(f"http://127.0.0.1:{free_port()}", retries=AT_ONCE)
    with client, pytest.raises(UnavailableError, match="does not answer"):
        client.list_models()


@pytest.mark.parametrize(
    ("kind", "schema"), [(Explanation, "Explanation"), (Feedback, "StoredFeedback"), (Models, "Models"),
                         (OutcomeCounts, "OutcomesStored"), (BatchRow, "BatchLine")]
)  # fmt: skip
def test_types_are_those_of_the_service(service: Service, kind: Any, schema: str) -> None:
    described = service.client.get("/openapi.json").json()["components"]["schemas"][schema]["properties"]
    assert set(get_type_hints(kind)) <= set(described)


def test_it_needs_none_of_the_heavy_libraries() -> None:
    heavy = "fastapi starlette numpy polars pandas onnxruntime mlflow psycopg boto3 lightgbm gradio granian sqlalchemy"
    program = f"import sys, readmission.client; print([m for m in {heavy.split()} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout.strip() == "[]"


def test_the_how_tos_examples_run(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).parents[3] / "docs" / "how-to" / "use-the-python-client.md"
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    program = blocks[0].replace("http://127.0.0.1:8000", service.url)
    # The second example goes on inside the first one's `with`.
    program += "\n    " + blocks[1].replace("\n", "\n    ")
    broken = HOME_AFTER_SHORT_STAY | {"time_in_hospital": 99}
    names = {"encounter": FREQUENT_VISITOR, "read_discharges": lambda: iter([FREQUENT_VISITOR, broken])}
    exec(compile(program, str(page), "exec"), names)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["1", "2"]
    assert "time_in_hospital" in lines[2]

"""While the inference service is away, a clinician reads what to do, not an address and the name of an exception."""

import asyncio
from typing import Any

import pytest

from readmission.client import AsyncInferenceClient, Retries
from readmission.contract.examples import FREQUENT_VISITOR
from readmission.services.ui.page import show_live_model
from readmission.services.ui.patient import form as patient_form
from readmission.services.ui.patient.next_steps import load_next_steps
from readmission.services.ui.patient.routes import Asked, PatientAnswerer
from readmission.services.ui.words import Words
from tests.conftest import free_port

SAID = {"en": "The risk service does not answer", "es": "El servicio de riesgo no responde"}


@pytest.mark.parametrize("language", SAID)
def test_the_page_says_it_in_words(language: str) -> None:
    words = Words(language)
    values = patient_form.fill_form(FREQUENT_VISITOR)

    async def ask() -> tuple[dict[str, Any], str]:
        async with AsyncInferenceClient(f"http://127.0.0.1:{free_port()}", retries=Retries(attempts=1)) as client:
            answer = await PatientAnswerer(client, words, load_next_steps(None)).assess(Asked(values=values))
            return answer, (await show_live_model(client, words))[1]

    answer, banner = asyncio.run(ask())
    for html in (answer["html"], banner):
        assert SAID[language] in html
        assert "127.0.0.1" not in html
        assert "Error" not in html

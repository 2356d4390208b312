"""What one writes first: FastAPI, a pydantic body, the model called in the handler. Stores nothing."""

from bench_model import score
from fastapi import FastAPI

from readmission.contract.prediction import Encounter

app = FastAPI()


@app.post("/predict")
async def predict(encounter: Encounter) -> dict[str, float]:
    """The risks of one encounter."""
    return score([encounter.model_dump(by_alias=True)])[0]

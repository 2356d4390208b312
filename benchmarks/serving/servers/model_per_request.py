"""The described way: the model is loaded by MLflow for each request. Stores nothing."""

from typing import Any

import mlflow.pyfunc
import pandas as pd
from bench_model import MODEL_DIR
from fastapi import Body, FastAPI

app = FastAPI()


@app.post("/predict")
def predict(encounter: dict[str, Any] = Body()) -> dict[str, float]:  # noqa: B008 - FastAPI's way
    """The risks of one encounter, by a model opened for it."""
    model = mlflow.pyfunc.load_model(str(MODEL_DIR))
    frame = pd.DataFrame([{name: encounter.get(name) for name in model.metadata.get_input_schema().input_names()}])
    return {name: float(value) for name, value in model.predict(frame).iloc[0].items()}

"""The yardstick: a FastAPI endpoint that does nothing."""

from fastapi import FastAPI

app = FastAPI()


@app.post("/predict")
async def predict() -> dict[str, bool]:
    """The same two words for everybody."""
    return {"ok": True}

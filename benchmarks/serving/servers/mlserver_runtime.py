"""MLServer with a runtime of our own: one encounter as JSON text in a BYTES tensor."""

import json

from bench_model import score
from mlserver import MLModel
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput


class Readmission(MLModel):
    """Open Inference Protocol in and out."""

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Risk within 30 days of each encounter."""
        encounters = [json.loads(text) for text in payload.inputs[0].data]
        risks = [answer["risk_30d"] for answer in score(encounters)]
        output = ResponseOutput(name="risk_30d", shape=[len(risks)], datatype="FP64", data=risks)
        return InferenceResponse(model_name=self.name, outputs=[output])

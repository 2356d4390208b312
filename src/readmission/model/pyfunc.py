"""How MLflow opens a model of ours: ``mlflow.pyfunc.load_model("models:/readmission@champion")``.

MLflow imports this module from the installed package and hands it the folder; nothing in the folder runs.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from readmission.contract.encounter import COLUMNS, INPUT_COLUMNS
from readmission.contract.examples import EXAMPLES
from readmission.model.session import StoredModel, open_model

if TYPE_CHECKING:
    import pandas as pd

INPUT_EXAMPLE_FILE = "input_example.json"


class PyfuncModel:
    """Scores a frame of encounters: columns ``risk_30d`` and ``risk_any``."""

    def __init__(self, model: StoredModel) -> None:
        self.model = model

    def predict(self, model_input: "pd.DataFrame", params: dict[str, Any] | None = None) -> "pd.DataFrame":
        """Risks of each row; columns as in the signature, missing values as None or NaN."""
        import pandas as pd

        given: list[Any] = model_input.astype(object).where(model_input.notna(), None).to_dict("records")
        rows = [{name: value for name, value in row.items() if value is not None} for row in given]
        probabilities = self.model.score(rows).astype("float64")
        risks = {"risk_30d": probabilities[:, 2], "risk_any": probabilities[:, 1] + probabilities[:, 2]}
        return pd.DataFrame(risks, index=model_input.index)


def _load_pyfunc(path: str, model_config: dict[str, Any] | None = None) -> PyfuncModel:
    return PyfuncModel(open_model(Path(path)))


def describe_for_mlflow(python_version: str) -> dict[str, Any]:
    """Content of the ``MLmodel`` file: loader, signature and input example."""
    types = {column.name: "long" if column.is_integer else "string" for column in COLUMNS}
    inputs = [{"type": types[c.name], "name": c.name, "required": c.required} for c in INPUT_COLUMNS]
    outputs = [{"type": "double", "name": name, "required": True} for name in ("risk_30d", "risk_any")]
    return {
        "flavors": {"python_function": {"loader_module": __name__, "python_version": python_version}},
        "signature": {"inputs": json.dumps(inputs), "outputs": json.dumps(outputs), "params": None},
        "saved_input_example_info": {
            "artifact_path": INPUT_EXAMPLE_FILE,
            "pandas_orient": "split",
            "type": "dataframe",
        },
    }


def input_example() -> dict[str, Any]:
    """Made-up encounters in MLflow's layout (pandas, orient ``split``)."""
    names = [column.name for column in INPUT_COLUMNS]
    return {"columns": names, "data": [[row.get(name) for name in names] for row in EXAMPLES.values()]}

"""What moves many risks is what their single explanations add up to."""

import io
from pathlib import Path

import numpy as np
import pytest

from readmission.features.feature_groups import GROUP_TITLES
from readmission.learning.measures.importance import draw_importance, measure_importance
from readmission.model.reasons import group_contributions, open_reasons
from readmission.model.session import open_model
from tests.made_up_model import make_encounters, make_model_folder


@pytest.mark.parametrize("candidate", ["lightgbm", "logistic-regression"])
def test_importance_is_the_mean_of_single_explanations(candidate: str, tmp_path: Path) -> None:
    make_model_folder(tmp_path, candidate, rows=900)
    model = open_model(tmp_path)
    reasons = open_reasons(tmp_path, model)
    encounters = make_encounters(30, seed=11).encounters
    found = measure_importance(model, reasons, encounters, seed=1)
    for target in ("risk_30d", "risk_any"):
        single = [
            group_contributions(model.encoder, reasons.explain(model, row)[target].by_feature) for row in encounters
        ]
        groups = found.by_group(target)
        assert list(groups.values()) == sorted(groups.values(), reverse=True)
        assert groups.keys() <= GROUP_TITLES.keys()
        for group, size in groups.items():
            assert size == pytest.approx(np.mean([abs(each[group]) for each in single]), abs=1e-12)
        assert next(iter(groups)) == "prior_use"  # the made-up outcome depends on it
    for figure in draw_importance(found).values():
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        assert buffer.getvalue().startswith(b"\x89PNG")

"""A scikit-learn classifier in one file is a candidate; a broken file is one clear line, never a traceback."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from readmission.errors import InvalidInputError
from readmission.learning import candidates
from readmission.learning.build_model import build_model
from readmission.learning.candidate import TrainingRows
from readmission.learning.candidates import find_candidate, list_candidates
from readmission.learning.cross_validation import cross_validate
from readmission.learning.onnx_graph import GraphBuilder
from readmission.learning.sklearn_candidate import SklearnCandidate
from readmission.model.session import OUTPUT, open_session
from readmission.pipeline.check_candidate import check_candidate
from tests.made_up_model import make_encounters

CLASSIFIERS: list[BaseEstimator] = [
    make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
    RandomForestClassifier(20, min_samples_leaf=20),
    ExtraTreesClassifier(20, min_samples_leaf=20),
    DecisionTreeClassifier(max_depth=5),
    GradientBoostingClassifier(n_estimators=10),
    HistGradientBoostingClassifier(max_iter=20),
    make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=200, tol=1.0)),
    GaussianNB(),
    LinearDiscriminantAnalysis(),
    make_pipeline(QuantileTransformer(n_quantiles=20), PCA(5), LogisticRegression(max_iter=300)),
]


def name_of(classifier: BaseEstimator) -> str:
    return type(getattr(classifier, "steps", [("", classifier)])[-1][1]).__name__


@pytest.fixture(scope="module")
def rows() -> TrainingRows:
    return make_encounters(900).encode(3, ())[1]


Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Put a file among the candidates."""
    monkeypatch.setattr(candidates, "__path__", [*candidates.__path__, str(tmp_path)])

    def put(text: str) -> str:
        (tmp_path / "my_way.py").write_text(text)
        monkeypatch.delitem(sys.modules, "readmission.learning.candidates.my_way", raising=False)
        return "my-way"

    return put


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=name_of)
def test_the_graph_gives_the_classifiers_own_probabilities(classifier: BaseEstimator, rows: TrainingRows) -> None:
    candidate = SklearnCandidate("my-way", "mine", classifier)
    graphs = []
    for _ in range(2):
        model = candidate.fit(rows, 3)
        graph = GraphBuilder(rows.features.shape[1])
        graphs.append(graph.finish(model.export(graph)))
        answers = open_session(graphs[-1]).run([OUTPUT], {"features": rows.features})[0]
        np.testing.assert_allclose(answers, model.predict(rows.features), rtol=0, atol=1e-6)
        alone = open_session(graphs[-1]).run([OUTPUT], {"features": rows.features[:1]})[0]
        np.testing.assert_allclose(alone, answers[:1], rtol=0, atol=1e-6)
    assert graphs[0] == graphs[1]
    assert candidate.parameters()["estimator"]


def test_a_forest_goes_the_whole_way() -> None:
    data = make_encounters(900)
    candidate = SklearnCandidate("my-way", "mine", RandomForestClassifier(10, min_samples_leaf=20))
    shares = np.bincount(data.labels, minlength=3) / len(data.labels)
    noise = np.random.default_rng(1).dirichlet(50 * shares, len(data.labels))
    built = build_model(data, candidate, noise, 3, None)  # compares to 1e-6
    assert built.candidate == "my-way"


def test_one_file_with_a_classifier_is_a_candidate(write: Write) -> None:
    name = write(
        '"""A forest of my own."""\n\nfrom sklearn.ensemble import RandomForestClassifier\n\n'
        "CANDIDATE = RandomForestClassifier(n_estimators=15, min_samples_leaf=20)\n"
    )
    assert name in list_candidates()
    candidate = find_candidate(name)
    assert (candidate.name, candidate.title) == ("my-way", "A forest of my own.")
    assert candidate.parameters()["n_estimators"] == 15
    check_candidate(candidate, make_encounters(900), 3)


IMPORT_PROBLEM = "my-way cannot be imported at my_way.py line 1: "
BAYES = "from sklearn.naive_bayes import GaussianNB\n"
BROKEN = {
    "a syntax error": ("CANDIDATE = (\n", IMPORT_PROBLEM + "SyntaxError"),
    "a package that is not there": ("import nothing_of_that_name\n", IMPORT_PROBLEM + "ModuleNotFoundError"),
    "no CANDIDATE": ("candidate = 1\n", "has no CANDIDATE"),
    "a class": (BAYES + "CANDIDATE = GaussianNB\n", "is a class; make an object of it: GaussianNB()"),
    "a regressor": ("from sklearn.linear_model import Ridge\nCANDIDATE = Ridge()\n", "has no name, title, parameters"),
    "another name": ("from readmission.learning.candidates.lightgbm import CANDIDATE\n", "calls itself 'lightgbm'"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_one_clear_line(write: Write, kind: str) -> None:
    text, said = BROKEN[kind]
    with pytest.raises(InvalidInputError) as raised:
        find_candidate(write(text))
    assert said in raised.value.message
    assert "\n" not in raised.value.message


FAIL = """
class Mine(GaussianNB):
    def fit(self, X, y):
        raise KeyError('age')

CANDIDATE = Mine()
"""
TWO_COLUMNS = """
class Mine(GaussianNB):
    def predict_proba(self, X):
        return super().predict_proba(X)[:, :2]

CANDIDATE = Mine()
"""
NO_CONVERTER = """
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer

CANDIDATE = make_pipeline(SplineTransformer(), LogisticRegression())
"""
FAILING = {
    "fit raises": (BAYES + FAIL, "my-way cannot be fitted at my_way.py line 5: KeyError"),
    "two columns": (BAYES + TWO_COLUMNS, "for classes (0, 1, 2), expected ("),
    "no converter": (NO_CONVERTER, "cannot be exported to ONNX"),
}


@pytest.mark.parametrize("kind", FAILING)
def test_a_candidate_that_fails_is_told_before_it_is_trained(write: Write, kind: str) -> None:
    text, said = FAILING[kind]
    with pytest.raises(InvalidInputError) as raised:
        check_candidate(find_candidate(write(text)), make_encounters(900), 3)
    assert said in raised.value.message
    assert "\n" not in raised.value.message


def test_what_cannot_be_exact_is_refused() -> None:
    class Off(GaussianNB):  # type: ignore[misc]
        """Predicts something else than its parameters say."""

        def predict_proba(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
            found = super().predict_proba(X) + np.array([[0.001, 0, -0.001]])
            return np.asarray(np.abs(found) / np.abs(found).sum(axis=1, keepdims=True))

    with pytest.raises(InvalidInputError, match="cannot be exported"):
        check_candidate(SklearnCandidate("off", "off", Off()), make_encounters(900), 3)


LATE = """
class Mine(GaussianNB):
    def fit(self, X, y):
        if len(y) > 450:
            raise MemoryError('too many rows')
        return super().fit(X, y)

CANDIDATE = Mine()
"""


def test_what_fails_later_is_one_clear_line_too(write: Write) -> None:
    candidate, data = find_candidate(write(BAYES + LATE)), make_encounters(900)
    where = "at my_way.py line 6: MemoryError: too many rows"
    with pytest.raises(InvalidInputError, match=f"my-way cannot be trained on fold 0 {where}"):
        cross_validate(data, candidate, 3)
    with pytest.raises(InvalidInputError, match=f"my-way cannot be trained {where}"):
        build_model(data, candidate, np.full((900, 3), 1 / 3), 3, None)

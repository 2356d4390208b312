"""The candidates: one file each. A new file with a ``CANDIDATE`` is a new candidate, nothing else to edit.

``CANDIDATE`` is a scikit-learn classifier, or an object of our own with ``fit`` and ``export``.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from readmission.errors import InvalidInputError
from readmission.learning.candidate import Candidate
from readmission.learning.candidate_problem import explain_candidate_problem

_OURS = ("name", "title", "parameters", "fit")


def list_candidates() -> list[str]:
    """Names of all candidates, in alphabetical order, without importing them."""
    return sorted(module.name.replace("_", "-") for module in iter_modules(__path__))


def find_candidate(name: str) -> Candidate:
    """The candidate of a name.

    Raises:
        InvalidInputError: there is none (the message lists those there are), or its file is broken.
    """
    if name not in list_candidates():
        raise InvalidInputError(f"no candidate {name!r}; there are {', '.join(list_candidates())}")
    try:
        module = import_module(f"{__name__}.{name.replace('-', '_')}")
    except Exception as error:  # whatever a file of somebody's own may raise
        raise explain_candidate_problem(name, "cannot be imported", error) from error
    return _check(name, module)


def _check(name: str, module: Any) -> Candidate:
    file = f"learning/candidates/{name.replace('-', '_')}.py"
    found = getattr(module, "CANDIDATE", None)
    if found is None:
        raise InvalidInputError(f"candidate {name}: {file} has no CANDIDATE")
    if isinstance(found, type):
        raise InvalidInputError(
            f"candidate {name}: CANDIDATE in {file} is a class; make an object of it: {found.__name__}()"
        )
    if hasattr(found, "predict_proba") and hasattr(found, "get_params"):
        from readmission.learning.sklearn_candidate import SklearnCandidate

        title = (module.__doc__ or type(found).__name__).strip().splitlines()[0]
        return SklearnCandidate(name, title, found)
    if missing := [each for each in _OURS if not hasattr(found, each)]:
        raise InvalidInputError(
            f"candidate {name}: CANDIDATE in {file} has no {', '.join(missing)}; "
            "it is a scikit-learn classifier with predict_proba, or an object with all of these"
        )
    if found.name != name:
        raise InvalidInputError(f"candidate {name}: CANDIDATE in {file} calls itself {found.name!r}")
    ours: Candidate = found
    return ours

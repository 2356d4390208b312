"""The candidates: one file each. A new file with a ``CANDIDATE`` is a new candidate, nothing else to edit."""

from importlib import import_module
from pkgutil import iter_modules

from readmission.errors import InvalidInputError
from readmission.learning.candidate import Candidate


def list_candidates() -> list[str]:
    """Names of all candidates, in alphabetical order, without importing them."""
    return sorted(module.name.replace("_", "-") for module in iter_modules(__path__))


def find_candidate(name: str) -> Candidate:
    """The candidate of a name.

    Raises:
        InvalidInputError: there is none; the message lists those there are.
    """
    if name not in list_candidates():
        raise InvalidInputError(f"no candidate {name!r}; there are {', '.join(list_candidates())}")
    candidate: Candidate = import_module(f"{__name__}.{name.replace('-', '_')}").CANDIDATE
    return candidate

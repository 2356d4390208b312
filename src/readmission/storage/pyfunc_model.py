"""The name MLflow finds in models registered before :mod:`readmission.model` was a room of its own.

Their ``MLmodel`` file says ``loader_module: readmission.storage.pyfunc_model``, and its hash is signed: it cannot be
written again.
"""

from readmission.model.pyfunc import _load_pyfunc

__all__ = ["_load_pyfunc"]

"""Who reads a stored prediction, and whether they may read what others asked for."""

from readmission.observability.logging import request_id
from readmission.storage.serving.predictions import Reader
from readmission.web.key_file import ApiKey

_READ = frozenset({"read"})


def describe_reader(caller: ApiKey, what: str) -> Reader:
    """The reader a caller is: with the scope ``read`` of any prediction, else of those its own key made.

    Args:
        caller: who asks.
        what: prediction or explanation, for the record.
    """
    return Reader(asked_by=caller.name, any=caller.may(_READ), what=what, request_id=request_id.get())

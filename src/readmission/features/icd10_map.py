"""What an ICD-10-CM code may have been in ICD-9-CM, as categories a model learns from.

``icd10_map.tsv`` holds both directions of the General Equivalence Mappings of the Centers for Medicare & Medicaid
Services, a work of the United States government in the public domain, cut down by ``scripts/derive_icd10_map.py``:
the beginning of a code (``I50``; ``S720*A`` with A as the seventh character), then every category. A code that is newer
than the mappings is read by the longest beginning they know.
"""

from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

_TABLE = Path(__file__).with_name("icd10_map.tsv")
_SHORTEST = 3
_WITH_SEVENTH = 7
MOST_CATEGORIES = 12
"""A code cut so short that it may stand for more says nothing."""
Categories = tuple[str, ...]


@lru_cache(maxsize=1)
def load_map() -> Mapping[str, Categories]:
    """Beginning of a code to its categories, in the order of the codes."""
    lines = _TABLE.read_text(encoding="utf-8").splitlines()[1:]
    return {start: tuple(found.split()) for start, _, found in (line.partition("\t") for line in lines)}


@lru_cache(maxsize=20_000)
def find_categories(code: str) -> Categories:
    """The ICD-9-CM categories a code may stand for; none if no code of ICD-9-CM means the same, or it is too short.

    >>> find_categories("I50.9"), find_categories("e1165"), find_categories("U07.1")
    (('428',), ('250.8', '250.02'), ())
    """
    plain = code.strip().upper().replace(".", "")
    known = load_map()
    if len(plain) == _WITH_SEVENTH:
        for length in range(_WITH_SEVENTH - 1, 0, -1):
            found = known.get(f"{plain[:length]}*{plain[-1]}")
            if found is not None:
                return found
    for length in range(len(plain), _SHORTEST - 1, -1):
        found = known.get(plain[:length])
        if found is not None:
            return found
        below = _collect_below(plain[:length])
        if below:
            return below if len(below) <= MOST_CATEGORIES else ()
    return ()


@lru_cache(maxsize=1)
def _starts() -> list[str]:
    return sorted(load_map())


def _collect_below(start: str) -> Categories:
    """The categories of all codes that begin so; of those with a seventh character, none."""
    starts, known = _starts(), load_map()
    found: dict[str, None] = {}
    for index in range(bisect_left(starts, start), len(starts)):
        if not starts[index].startswith(start):
            break
        if "*" not in starts[index]:
            found.update(dict.fromkeys(known[starts[index]]))
    return tuple(found)

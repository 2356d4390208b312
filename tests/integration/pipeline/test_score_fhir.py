"""`readmission score --format fhir`: a Bulk Data export, stay by stay, with what was assumed beside each risk."""

import copy
import csv
import json
from pathlib import Path
from typing import Any

import pytest

from readmission.contract.encounter_input import check_encounter
from readmission.contract.fhir.elements import MOST_RESOURCES
from readmission.contract.fhir.examples import RESOURCES
from readmission.errors import InvalidInputError
from readmission.pipeline.score.fhir_export import FhirExport, open_fhir
from readmission.pipeline.score.rows import score_rows
from tests.small_model import SmallModel


def write_export(folder: Path, resources: list[dict[str, Any]]) -> Path:
    """A file for each type, as an EHR's export has it."""
    folder.mkdir(exist_ok=True)
    for each in resources:
        with (folder / f"{each['resourceType']}.000.ndjson").open("a") as file:
            file.write(json.dumps(each) + "\n")
    return folder


def patient(number: int, *without: str) -> list[dict[str, Any]]:
    """The example as another patient, without some resources."""
    text = json.dumps([each for each in RESOURCES if each["id"] not in without])
    for kind, name in (("Patient", "p1"), ("Encounter", "e1")):
        text = text.replace(f'"{kind}/{name}"', f'"{kind}/{name}-{number}"')
    made: list[dict[str, Any]] = json.loads(text)
    return [{**each, "id": f"{each['id']}-{number}"} for each in made]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_stay_of_an_export(tmp_path: Path) -> None:
    model = SmallModel.write(tmp_path / "model").open()
    dead = copy.deepcopy(patient(3))
    dead[0]["deceasedBoolean"] = True
    resources = [*patient(1), *patient(2, "c1", "c2", "c3"), *dead, *patient(4, "e2", "e3", "e4")]
    resources[-1]["class"] = [{"type": {"text": "plan"}, "value": "90004"}]  # a Coverage's class is a list
    source = open_fhir(write_export(tmp_path / "export", resources))
    stays = FhirExport(tmp_path / "export").stays
    assert [stay.encounter_id for stay in stays] == ["e1-1", "e2-1", "e1-2", "e2-2", "e1-3", "e2-3", "e1-4"]
    done = score_rows(source, model, tmp_path / "risks.csv", part_rows=2)
    scored, refused = read(tmp_path / "risks.csv"), read(tmp_path / "risks.csv.errors.csv")
    assert (done["scored"], [row["row"] for row in scored]) == (2, ["1", "7"])
    # Nothing was known yet at the earlier stays; one patient has no diagnosis, one died.
    assert [row["field"] for row in refused] == [*["Condition"] * 3, "discharge_disposition_id", "Condition"]
    assert {"weight", "number_outpatient", "number_emergency", "number_inpatient"} <= set(scored[-1]["assumed"].split())
    assert "number_inpatient" not in scored[0]["assumed"]
    (encounter,) = [FhirExport(tmp_path / "export").read(stay).encounter for stay in stays[:1]]
    assert check_encounter(encounter) == ()
    (expected,), _ = model.predict_risks([encounter])
    assert float(scored[0]["risk_30d"]) == pytest.approx(expected, abs=1e-9)


def test_results_of_a_whole_life_are_not_read(tmp_path: Path) -> None:
    result = next(each for each in patient(1) if each["resourceType"] == "Observation")
    earlier = {**result, "encounter": {"reference": "Encounter/e7"}}
    life = [{**earlier, "id": f"r{number}"} for number in range(MOST_RESOURCES + 1)]
    export = FhirExport(write_export(tmp_path / "export", [*patient(1), *life]))
    assert export.read(export.stays[0]).encounter["A1Cresult"] == ">8"


@pytest.mark.parametrize("line", ["{", "[]", "7", '{"id": "x"}', '{"resourceType": 7}', "[" * 100_000])
def test_a_line_that_is_no_resource_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "Patient.ndjson").write_text('{"resourceType": "Patient", "id": "p"}\n' + line + "\n")
    with pytest.raises(InvalidInputError, match=r"Patient\.ndjson, line 2,"):
        open_fhir(tmp_path)


def test_a_folder_without_an_export(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="expected"):
        open_fhir(tmp_path)

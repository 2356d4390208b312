"""Where the data came from, in words, for each kind of data set."""

from dataclasses import dataclass

from readmission.settings import ModelCardSettings

SYNTHETIC_WARNING = (
    "SYNTHETIC DATA. This model was trained and measured on made-up encounters. It is for trying the platform and"
    " says nothing about real patients: every figure below is about made-up ones."
)


@dataclass(frozen=True, slots=True)
class DataOrigin:
    """What is known of a data set that is not in its rows."""

    source: str
    rationale: str
    dates: str
    setting: str
    eligibility: str
    ethics: str
    availability: str
    relevance: str


_UCI = DataOrigin(
    source="Routine care records of 130 hospitals and integrated delivery networks in the United States, from the"
    " Health Facts database (Cerner), published as UCI data set 296 (Clore, Cios, DeShazo, Strack 2014, doi"
    " 10.24432/C5230J; described by Strack et al. 2014, doi 10.1155/2014/781670).",
    rationale="It is the largest public set of hospital stays of patients with diabetes with readmission recorded.",
    dates="Stays of 1999 to 2008. The rows carry no dates: only the order of `encounter_id` stands for time. When"
    " follow-up ended is not published.",
    setting="Acute inpatient care: 130 hospitals in the United States, their names and places not published.",
    eligibility="Chosen by the data set's makers: an inpatient stay of 1 to 14 days, any kind of diabetes among the"
    " diagnoses, laboratory tests done and medications given.",
    ethics="No ethics committee was asked for this model: the data are public and were de-identified by their makers"
    " before publication. Consent of single patients was not sought, for nobody can be named.",
    availability="Public, CC BY 4.0, doi 10.24432/C5230J.",
    relevance="Limited: hospitals in the United States up to 2008, ICD-9-CM codes, drugs and payers of that time."
    " Anywhere else, and today, the model must be trained or at least measured on local data first.",
)
_SYNTHETIC = DataOrigin(
    source="Made-up encounters, drawn by `dataset/synthetic/` from counts of the published data set (UCI 296). No row"
    " is a real patient's.",
    rationale="It lets the whole platform run without a network. It is not meant for a model that anybody uses.",
    dates="Does not apply: made-up encounters have no dates.",
    setting="Does not apply: no hospital gave these rows. The counts they are drawn from are of 130 hospitals in the"
    " United States, 1999 to 2008.",
    eligibility="Does not apply to made-up rows; the counts are of stays of 1 to 14 days of patients with diabetes.",
    ethics="Does not apply: there are no participants.",
    availability="Anybody can draw the same rows again: `READMISSION_DATASET=synthetic`, same seed.",
    relevance="None: a model trained on made-up encounters must not be used for patients.",
)


def find_origin(kind: str, declared: ModelCardSettings) -> DataOrigin:
    """Words for a kind of data set; for a file of one's own, what the operator declared."""
    if kind == "uci":
        return _UCI
    if kind == "synthetic":
        return _SYNTHETIC
    told = declared.data_source.strip()
    if not told:
        return DataOrigin(*[""] * 8)
    own = f"A file of encounters given by the operator of this installation. Its source: {told}."
    return DataOrigin(
        source=own,
        rationale="The operator chose it, as data of the hospitals the model is to be used in.",
        dates=f"The rows carry no dates: only the order of `encounter_id` stands for time. Source: {told}.",
        setting=f"Inpatient care. Hospitals, as the operator tells: {told}.",
        eligibility=f"Whatever the operator chose for the file (source: {told}); the columns are those of UCI data set"
        " 296.",
        ethics="Not known to the software: the operator who gave the file answers for its approval and for consent.",
        availability="Not public: with the operator of this installation.",
        relevance="As close as the file is to the hospitals the model is used in; the operator must judge it.",
    )

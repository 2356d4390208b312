"""Train every candidate, register the best, and let the gate decide who is champion.

One task for each candidate: cross-validated in folds of patients on the train split, a run with nested folds in
MLflow, experiment `diabetes_model_pipeline`. The best is trained on all of train, calibrated, scored and
registered as `readmission`; the gate compares it with the champion on the validation patients and records its
decision in `audit.promotions`. The same data and seed give the same model, which is registered once.
"""

from _tasks import CLEAN_ENCOUNTERS, REGISTERED_MODEL, RETRAINING_ASKED, RULES, cli_task, cli_task_for_each, list_task
from airflow.sdk import DAG

with DAG("diabetes_model_pipeline", schedule=(CLEAN_ENCOUNTERS | RETRAINING_ASKED), doc_md=__doc__, **RULES) as dag:
    validated = cli_task_for_each("cross-validate", list_task("list-candidates", "candidates"), "candidate")
    promoted = cli_task("promote", "--actor", "diabetes_model_pipeline", outlets=(REGISTERED_MODEL,))
    validated >> cli_task("train") >> promoted

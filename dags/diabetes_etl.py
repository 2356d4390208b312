"""Parse, type and check every stored batch, then decide which columns carry signal.

Rows that keep the contract go to `clean.encounters`, the others to `clean.quarantine` with field and reason.
Columns are judged on the train split alone; the report (distributions, missing values, signal) is in MLflow,
experiment `data`. Running this again adds nothing.
"""

from _tasks import CLEAN_ENCOUNTERS, RAW_ENCOUNTERS, RULES, cli_task, cli_task_for_each, list_task
from airflow.sdk import DAG

with DAG("diabetes_etl", schedule=[RAW_ENCOUNTERS], doc_md=__doc__, **RULES) as dag:
    batches = list_task("list-batches", "batches", "--stored")
    transformed = cli_task_for_each("transform-batch", batches, "split", "number")
    transformed >> cli_task("profile-columns", outlets=(CLEAN_ENCOUNTERS,)) >> cli_task("report-data")

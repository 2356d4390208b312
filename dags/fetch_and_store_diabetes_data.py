"""Store every batch the data service offers in `raw.encounters`.

One task for each split and batch. A batch is stored whole or not at all, together with its row in the ledger
`raw.batches`; a batch that is stored already is left as it is, so running this again adds nothing.
"""

from _tasks import DATA_ARRIVED, RAW_ENCOUNTERS, RULES, TABLES, cli_task, cli_task_for_each, list_task
from airflow.sdk import DAG

with DAG("fetch_and_store_diabetes_data", schedule=(TABLES | DATA_ARRIVED), doc_md=__doc__, **RULES) as dag:
    batches = list_task("list-batches", "batches")
    ingested = cli_task_for_each("ingest-batch", batches, "split", "number")
    ingested >> cli_task("check-ingest", outlets=(RAW_ENCOUNTERS,))

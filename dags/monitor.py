"""Watch what answers: drift, performance, later data; and start the chain again where there is a reason.

Recent predictions and every new batch are compared with the champion's training profile (report in MLflow,
experiment `monitor`); performance is estimated before labels come and measured once they are in. New batches at the
data service start `fetch_and_store_diabetes_data`, drift or risks that are off start `diabetes_model_pipeline`;
each request is a row of `audit.retrainings`, and the gate decides as always. A task without a reason is skipped.
MLflow's alias is moved to the recorded version, for a roll-back over HTTP leaves it behind.
"""

from _tasks import DATA_ARRIVED, REGISTERED_MODEL, RETRAINING_ASKED, RULES, cli_task
from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable

EVERY_HALF_HOUR = CronTriggerTimetable("*/30 * * * *", timezone="UTC")

with DAG(
    "monitor",
    schedule=AssetOrTimeSchedule(timetable=EVERY_HALF_HOUR, assets=[REGISTERED_MODEL]),
    doc_md=__doc__,
    **RULES,
) as dag:
    cli_task("align-alias")
    cli_task("watch-arrivals", "--actor", "monitor", outlets=(DATA_ARRIVED,))
    cli_task("monitor") >> cli_task("request-retraining", "--actor", "monitor", outlets=(RETRAINING_ASKED,))

"""Create or upgrade the tables of both databases.

Start this one by hand (or let `make up` do it): the other DAGs follow by themselves, each when the one before
has done its work. Running it again changes nothing where the schema is up to date.
"""

from _tasks import RULES, TABLES, cli_task
from airflow.sdk import DAG

with DAG("create_tables", schedule=None, doc_md=__doc__, **RULES) as dag:
    cli_task("create-tables", outlets=(TABLES,))

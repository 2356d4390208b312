"""Create or upgrade the tables of both databases.

Start this one by hand (or let `make up` do it): the other DAGs follow by themselves, each when the one before
has done its work. Running it again changes nothing where the schema is up to date.
"""

from _tasks import TABLES, cli_task, pipeline_dag

with pipeline_dag("create_tables", __doc__, None, "data") as dag:
    cli_task("create-tables", outlets=(TABLES,))

"""How every DAG is set up: a task runs one verb of the command line and hands on the last line it prints."""

import json
import os
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Asset, Context
from airflow.sdk.definitions.mappedoperator import MappedOperator

TABLES = Asset("readmission_tables")
RAW_ENCOUNTERS = Asset("raw_encounters")
CLEAN_ENCOUNTERS = Asset("clean_encounters")
REGISTERED_MODEL = Asset("registered_model")
DATA_ARRIVED = Asset("data_arrived")
RETRAINING_ASKED = Asset("retraining_asked")

# How many tasks of one DAG run side by side; two fit a laptop.
_TASKS_AT_ONCE = int(os.environ.get("READMISSION_TASKS_AT_ONCE", "2"))


RULES: dict[str, Any] = {
    "tags": ["readmission"],
    "catchup": False,
    "max_active_runs": 1,
    "max_active_tasks": _TASKS_AT_ONCE,
    "is_paused_upon_creation": False,
    "default_args": {
        "owner": "readmission",
        "retries": 3,
        "retry_delay": timedelta(seconds=5),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=1),
    },
}
"""What holds for every DAG: one run at a time, no catching up, three retries, never paused at first."""


_STEP_OF = {"create-tables": "migrate", "promote": "gate", "align-alias": "gate"}
"""Verbs that alone hold some secrets, and the file these are in (``READMISSION_STEP_SECRETS_DIR``)."""


class VerbOperator(BashOperator):
    """Runs a verb; the figures of its summary go with the asset it announces, where Airflow's page shows them."""

    def execute(self, context: Context) -> Any:
        """Run it, then tell."""
        summary = super().execute(context)
        for asset in self.outlets:
            context["outlet_events"][asset].extra = _figures(summary)
        return summary


def _figures(summary: str) -> dict[str, Any]:
    """What of a summary is one value: counts, scores, a decision."""
    return {key: value for key, value in json.loads(summary).items() if isinstance(value, str | int | float | bool)}


def cli_task(verb: str, *arguments: str, outlets: tuple[Asset, ...] = ()) -> VerbOperator:
    """A task that runs ``readmission VERB --json ARGUMENTS``; its result is the verb's JSON summary as text."""
    return VerbOperator(
        task_id=verb,
        bash_command=" ".join(["readmission", verb, "--json", *arguments]),
        outlets=list(outlets),
        executor_config=_secrets_of(_STEP_OF.get(verb)),
    )


def _secrets_of(step: str | None) -> dict[str, Any]:
    """In Kubernetes: what mounts the Secret ``step-STEP`` into the pod of this task and of no other."""
    if step is None or os.environ.get("AIRFLOW__CORE__EXECUTOR") != "KubernetesExecutor":
        return {}
    from kubernetes.client import models as k8s

    folder = "/run/secrets/steps"
    container = k8s.V1Container(
        name="base",
        env=[k8s.V1EnvVar(name="READMISSION_STEP_SECRETS_DIR", value=folder)],
        volume_mounts=[k8s.V1VolumeMount(name="step-secrets", mount_path=folder, read_only=True)],
    )
    secret = k8s.V1SecretVolumeSource(secret_name=f"step-{step}", default_mode=0o440)
    volume = k8s.V1Volume(name="step-secrets", secret=secret)
    return {"pod_override": k8s.V1Pod(spec=k8s.V1PodSpec(containers=[container], volumes=[volume]))}


def list_task(verb: str, key: str, *arguments: str) -> BashOperator:
    """A task whose verb prints a list of objects under ``key``; the result is one environment for each."""

    def environments(summary: str) -> list[dict[str, str]]:
        return [{f"OPTION_{k.upper()}": str(v) for k, v in item.items()} for item in json.loads(summary)[key]]

    return BashOperator(
        task_id=verb, bash_command=" ".join(["readmission", verb, "--json", *arguments]), output_processor=environments
    )


def cli_task_for_each(verb: str, listed: BashOperator, *options: str) -> MappedOperator:
    """One task for each object of a :func:`list_task`, given to the verb as ``--OPTION VALUE``."""
    # Values travel as environment variables: a shell never reads them as commands.
    given = " ".join(f'--{option} "$OPTION_{option.upper()}"' for option in options)
    label = " ".join(f"{{{{ task.env['OPTION_{option.upper()}'] }}}}" for option in options)
    return BashOperator.partial(
        task_id=verb, bash_command=f"readmission {verb} --json {given}", append_env=True, map_index_template=label
    ).expand(env=listed.output)

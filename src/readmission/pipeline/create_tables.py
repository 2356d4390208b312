"""Step `create-tables`: bring both databases to the newest schema."""

from typing import Any

from readmission.settings import Settings
from readmission.storage.pipeline.tuning_studies import prepare_studies
from readmission.storage.postgres.migrate import migrate


def create_tables(settings: Settings) -> dict[str, Any]:
    """Apply the migrations both databases lack, and let Optuna make the tables of its studies.

    Returns:
        Revision before and after, for each database.
    """
    before, after = migrate("pipeline", settings.database.owner_url)
    prepare_studies(settings.database.owner_url)
    serving_before, serving_after = migrate("serving", settings.serving_database.owner_url)
    return {
        "pipeline": {"before": before, "after": after},
        "serving": {"before": serving_before, "after": serving_after},
    }

"""What deployments run before any service: roles, databases, buckets and tables, as local mode makes them."""

from typing import Any

from readmission.errors import ConfigurationError
from readmission.pipeline.create_tables import create_tables
from readmission.settings import Settings
from readmission.storage.postgres.databases import ROLES, create_roles_and_databases
from readmission.storage.registry.buckets import create_buckets


def create_stores(settings: Settings) -> dict[str, Any]:
    """Make what is missing (repeatable). Without a superuser's URL, roles and databases are taken as made.

    Returns:
        ``databases`` (True if they were made or checked), ``buckets`` made now, and the schemas' revisions.

    Raises:
        ConfigurationError: a role has no password.
        UnavailableError: PostgreSQL or S3 does not answer.
    """
    superuser = settings.database.superuser_url
    if superuser is not None:
        missing = [role for role in ROLES if not settings.role_passwords.get(role)]
        if missing:
            raise ConfigurationError(f"READMISSION_ROLE_PASSWORDS has no password for {', '.join(missing)}")
        passwords = {role: secret.get_secret_value() for role, secret in settings.role_passwords.items()}
        create_roles_and_databases(superuser.get_secret_value(), passwords, settings.role_connections)
    buckets = create_buckets(settings)
    return {"databases": superuser is not None, "buckets": buckets, "tables": create_tables(settings)}

"""How callers show their key."""

from pydantic import SecretStr

HEADER = "X-API-Key"


def key_headers(api_key: SecretStr | None) -> dict[str, str]:
    """The headers a caller of this system sends; none if it has no key."""
    return {HEADER: api_key.get_secret_value()} if api_key else {}

"""PostgreSQL: connections, errors, the wire format, migrations."""

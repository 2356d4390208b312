"""SQL types of the contract's columns, for migrations and repositories."""

from psycopg import sql

from readmission.contract.encounter import COLUMNS, Column


def clean_type(column: Column) -> str:
    """SQL type of a column once it is parsed."""
    if column.kind == "identifier":
        return "bigint"
    return "integer" if column.is_integer else "text"


def raw_columns_ddl() -> str:
    """The 50 columns as served: all text, any value allowed."""
    return ",\n".join(f'"{column.name}" text' for column in COLUMNS)


def clean_columns_ddl() -> str:
    """The 50 columns, typed; NOT NULL if the contract has no missing value."""
    return ",\n".join(
        f'"{column.name}" {clean_type(column)}{"" if column.missing_allowed else " NOT NULL"}' for column in COLUMNS
    )


def column_list() -> sql.Composed:
    """The contract's column names, quoted, separated by commas."""
    return sql.SQL(", ").join(sql.Identifier(column.name) for column in COLUMNS)

"""Which scope each route asks of a key: one table a service, checked against its routes when it starts.

The table, not the router, is asked before a request's body is read. A route that is not in the table stops the start;
a path that is no route at all needs a key, whatever its scopes, before it is answered with 404.
"""

from collections.abc import Mapping, Set
from re import Pattern
from typing import Any

from fastapi import FastAPI
from starlette.routing import Route, compile_path

from readmission.contract.api_key import HEADER
from readmission.errors import ConfigurationError
from readmission.web.access import OPEN_PATHS, AccessControl
from readmission.web.key_file import SCOPES

ANY_KEY: frozenset[str] = frozenset()
"""A key is needed, whatever its scopes."""
DOCUMENT_ROUTES: dict[str, Set[str]] = {
    f"GET {path}": ANY_KEY for path in ("/", "/docs", "/docs/{name}", "/openapi.json")
}
"""The pages about the API (:mod:`readmission.web.document_pages`)."""
_SCHEME = "api_key"


class RouteScopes:
    """The scopes that open each route; any one of a route's scopes is enough.

    Args:
        table: ``METHOD /path/{template}`` to scopes, in the order of the routes.

    Raises:
        ConfigurationError: a scope is not one of ``SCOPES``.
    """

    def __init__(self, table: Mapping[str, Set[str]]) -> None:
        self._table = {name: frozenset(scopes) for name, scopes in (*DOCUMENT_ROUTES.items(), *table.items())}
        self._exact: dict[str, dict[str, frozenset[str]]] = {}
        self._patterns: list[tuple[str, Pattern[str], frozenset[str]]] = []
        for name, scopes in self._table.items():
            if unknown := scopes - set(SCOPES):
                raise ConfigurationError(f"{name} asks for the scope {min(unknown)}; there are {', '.join(SCOPES)}")
            method, _, path = name.partition(" ")
            if "{" in path:
                self._patterns.append((method, compile_path(path)[0], scopes))
            else:
                self._exact.setdefault(path, {})[method] = scopes

    def needed(self, method: str, path: str) -> frozenset[str]:
        """The scopes one of which a request needs; empty: any key will do (the router answers 404 or 405)."""
        if method == "HEAD":
            method = "GET"  # answered by the GET route
        exact = self._exact.get(path)
        if exact is not None:
            return exact.get(method, ANY_KEY)
        for known, pattern, scopes in self._patterns:
            if known == method and pattern.match(path):
                return scopes
        return ANY_KEY

    def check(self, app: FastAPI) -> None:
        """Compare the table with an application's routes.

        Raises:
            ConfigurationError: a route has no scope, or the table names a route that is not there.
        """
        routes = {
            f"{method} {route.path}"
            for route in app.routes
            if isinstance(route, Route) and route.path not in OPEN_PATHS
            for method in route.methods or ()
            if method != "HEAD"
        }
        others = {str(getattr(route, "path", route)) for route in app.routes if not isinstance(route, Route)}
        if missing := sorted(routes - self._table.keys()) + sorted(others):
            raise ConfigurationError(f"no scope is declared for {', '.join(missing)}")
        if gone := sorted(self._table.keys() - routes - DOCUMENT_ROUTES.keys()):
            raise ConfigurationError(f"a scope is declared for {', '.join(gone)}, which is no route")

    def describe(self, app: FastAPI, access: AccessControl) -> None:
        """Say in the application's OpenAPI document which scopes open each operation.

        Args:
            app: the application.
            access: whether callers without a key are let in (``{}`` in the document) is its to say.
        """
        write = app.openapi

        def openapi() -> dict[str, Any]:
            if app.openapi_schema is None:
                document = write()
                schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
                schemes[_SCHEME] = {
                    "type": "apiKey",
                    "in": "header",
                    "name": HEADER,
                    "description": "An API key with one of the scopes named, or an admin key.",
                }
                for path, operations in document["paths"].items():
                    for method, operation in operations.items():
                        needed = self._table.get(f"{method.upper()} {path}")
                        if needed is not None:
                            ways: list[dict[str, list[str]]] = [{_SCHEME: [scope]} for scope in sorted(needed)]
                            operation["security"] = [*ways, {}] if access.lets_in_without_key(needed) else ways
            return app.openapi_schema or {}

        app.openapi = openapi  # type: ignore[method-assign]

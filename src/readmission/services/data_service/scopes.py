"""Which scope opens each route of the data service."""

from readmission.web.route_scopes import RouteScopes

_PROGRESS = "/consumers/{consumer}/splits/{split}/batches/{number}"

SCOPES = RouteScopes(
    {
        "GET /dataset": {"data"},
        "GET /splits": {"data"},
        "GET /splits/{split}/batches": {"data"},
        "GET /splits/{split}/batches/{number}": {"data"},
        f"GET {_PROGRESS}": {"data"},
        f"PUT {_PROGRESS}": {"data"},
        "PUT /arrivals/{name}": {"arrivals"},
    }
)

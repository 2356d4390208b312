"""Which scope opens each route of the inference service."""

from readmission.web.route_scopes import RouteScopes

_ABOUT_MODELS = {"predict", "read", "promote"}
"""Nothing of a patient."""
_OWN_OR_ANY = {"predict", "read"}
"""``read`` opens every stored prediction, ``predict`` those its own key made (:func:`.reader.describe_reader`)."""
_V2_MODEL = "/v2/models/{name}"
_V2_VERSION = "/v2/models/{name}/versions/{version}"

SCOPES = RouteScopes(
    {
        "POST /predict": {"predict"},
        "POST /predict/batch": {"predict"},
        "GET /predictions/{prediction_id}": _OWN_OR_ANY,
        "POST /predictions/{prediction_id}/feedback": {"feedback"},
        "GET /predictions/{prediction_id}/feedback": {"feedback", "read"},
        "POST /outcomes": {"outcomes"},
        "POST /explain": _OWN_OR_ANY,
        "GET /models": _ABOUT_MODELS,
        "GET /models/{version}/card": _ABOUT_MODELS,
        "GET /promotions": _ABOUT_MODELS,
        "POST /models/rollback": {"promote"},
        "GET /v2": _ABOUT_MODELS,
        "GET /v2/health/live": _ABOUT_MODELS,
        "GET /v2/health/ready": _ABOUT_MODELS,
        f"GET {_V2_MODEL}": _ABOUT_MODELS,
        f"GET {_V2_MODEL}/ready": _ABOUT_MODELS,
        f"POST {_V2_MODEL}/infer": {"predict"},
        f"GET {_V2_VERSION}": _ABOUT_MODELS,
        f"GET {_V2_VERSION}/ready": _ABOUT_MODELS,
        f"POST {_V2_VERSION}/infer": {"predict"},
    }
)

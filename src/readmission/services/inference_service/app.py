"""The application: its parts, and how they start and stop."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from readmission import __version__
from readmission.contract.prediction import MODEL_NAME
from readmission.observability.logging import configure_logging
from readmission.services.inference_service.explain import Explainer, explain_routes
from readmission.services.inference_service.feedback_routes import feedback_routes
from readmission.services.inference_service.models.canary import Canary
from readmission.services.inference_service.models.card_routes import card_routes
from readmission.services.inference_service.models.follow_challenger import ChallengerFollower
from readmission.services.inference_service.models.follow_champion import ChampionFollower
from readmission.services.inference_service.models.roll_back_route import roll_back_routes
from readmission.services.inference_service.models.shadow import Shadow
from readmission.services.inference_service.open_inference.routes import open_inference_routes
from readmission.services.inference_service.openapi import describe_api
from readmission.services.inference_service.outcomes import outcome_routes
from readmission.services.inference_service.predict.answer_batches import (
    MicroBatcher,
    PredictionRecorder,
    PredictionRequest,
)
from readmission.services.inference_service.predict.answer_once import OnceAnswerer
from readmission.services.inference_service.predict.endpoint import PredictDirectly, PredictEndpoint
from readmission.services.inference_service.predict.keep_predictions import PredictionKeeper
from readmission.services.inference_service.predict_batch.endpoint import BatchPredictor
from readmission.services.inference_service.predict_batch.read_batch import MEDIA_TYPES
from readmission.services.inference_service.predict_batch.routes import batch_routes
from readmission.services.inference_service.routes import model_routes, prediction_routes, promotion_routes
from readmission.services.inference_service.scopes import SCOPES
from readmission.settings import InferenceServiceSettings, Settings, load_settings
from readmission.storage.pipeline.promotions import list_promotions
from readmission.storage.postgres.pool import Pool
from readmission.storage.registry.local_models import LocalModels
from readmission.storage.registry.record_reader import RecordReader
from readmission.storage.registry.registry_reader import RegistryReader
from readmission.storage.registry.roll_back import roll_back
from readmission.storage.serving.explanations import ExplanationStore
from readmission.storage.serving.feedback import FeedbackStore
from readmission.storage.serving.keyed_batches import KeyedBatches
from readmission.storage.serving.keyed_predictions import KeyedPredictions
from readmission.storage.serving.prediction_journal import PredictionJournal
from readmission.storage.serving.predictions import PredictionStore
from readmission.storage.serving.shadow_predictions import ShadowStore
from readmission.web.access import AccessControl, CheckAccess
from readmission.web.asgi import AnswerHead, ObserveRequests
from readmission.web.document_pages import add_document_pages
from readmission.web.probes import probe_routes
from readmission.web.problem_details import install_problem_details
from readmission.web.wall import BodyRule, RuleOf, Wall, rules_by_path

SERVICE = "inference-service"
_SHARED_CONNECTIONS = 6
"""Of a worker, for all it does beside answering `POST /predict`."""
_DESCRIPTION = """Risk that a patient with diabetes who leaves hospital comes back within 30 days, or at all.

Every answer is stored before it leaves. Errors are RFC 9457 problem details that name each broken field."""


def create_app() -> ASGIApp:
    """The whole service with its middleware; granian calls this once in each worker.

    Raises:
        ConfigurationError: a setting is missing.
    """
    configure_logging(SERVICE)
    settings = load_settings()
    access = AccessControl(settings.access, settings.inference_service.admin_key)
    api, endpoint = build_api(settings)
    SCOPES.describe(api, access)
    behind = CheckAccess(PredictDirectly(AnswerHead(api), endpoint), access, SCOPES.needed)
    return ObserveRequests(Wall(behind, settings, _rules(settings)), SERVICE)


def _rules(settings: Settings) -> RuleOf:
    """What each route takes as a body; all others take one JSON record."""
    many = BodyRule(settings.http.max_list_bytes)
    upload = BodyRule(settings.inference_service.max_upload_bytes, MEDIA_TYPES, in_parts=True)
    return rules_by_path(
        settings.http, {"/predict": None, "/predict/batch": upload, "/outcomes": many, "/v2/models/": many}
    )


def build_api(settings: Settings) -> tuple[FastAPI, PredictEndpoint]:
    """The FastAPI application, and the endpoint that may also be called around its router.

    Raises:
        ConfigurationError: a setting is missing.
    """
    own = settings.inference_service
    # Whoever waits for a risk never waits for a connection: there is one for each batch of either batcher.
    writers = 2 * own.max_batches_in_flight
    pool = Pool(settings.serving_database.url, size=writers + _SHARED_CONNECTIONS, reserved=writers)
    store = PredictionStore(pool, urgent=True)
    keyed = KeyedPredictions(pool)
    keeper = PredictionKeeper(store, PredictionJournal(own.journal_dir) if own.journal_dir else None)
    feedback = FeedbackStore(pool)
    explanations = ExplanationStore(pool)
    registry = RegistryReader(settings, MODEL_NAME)
    local = LocalModels(settings.state_dir / "inference_service" / "models")
    # The serving role may read the audit trail; where both databases are one, one URL is enough.
    audit_url = settings.database.url or settings.serving_database.url
    record_pool = pool if settings.database.url is None else Pool(audit_url, size=1)
    record = RecordReader(record_pool)
    follower = ChampionFollower(
        record, registry, local, settings.signing.public_keys_file, own.alias, own.alias_poll_seconds
    )
    shadow_store = ShadowStore(pool)
    challenger = ChallengerFollower(registry, local, own.alias_poll_seconds, follower.signed_hash)
    shadow = Shadow(challenger, shadow_store, own.shadow_share) if own.shadow_share else None
    canary = Canary(follower.require_live, challenger, own.canary_share)
    recorder = PredictionRecorder(canary.choose if own.canary_share else follower.require_live, keeper, shadow)
    batcher = _make_batcher(recorder, own)
    # Its callers name the version they want: no canary there.
    by_champion = _make_batcher(PredictionRecorder(follower.require_live, keeper, shadow), own)
    system = settings.diagnosis_system
    endpoint = PredictEndpoint(batcher, OnceAnswerer(recorder, keyed).answer, settings.http, system)
    batch_store = PredictionStore(pool)
    keyed_batches = KeyedBatches(pool)
    batch_predictor = BatchPredictor(follower.require_live, batch_store, keyed_batches, own.max_upload_rows, system)

    async def check_ready() -> dict[str, object]:
        model = follower.require_live()
        return {
            "model_version": model.version,
            "model_source": model.source,
            "custody_problems": list(follower.problems),
            "predictions_go_to": await keeper.check(),
        }

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Before the first request: a worker takes its share of the requests from the moment it listens.
        await follower.look()
        _settle_memory()
        steady = [follower.follow(), keeper.replay()]
        if own.shadow_share or own.canary_share:
            steady.append(challenger.follow())
        if shadow is not None:
            steady.append(shadow.score())
        running = [asyncio.create_task(work) for work in steady]
        yield
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await batcher.drain()
        await by_champion.drain()
        await keeper.close()
        await pool.close()
        await record_pool.close()
        registry.close()

    app = FastAPI(
        title="Readmission inference service",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    install_problem_details(app)
    app.include_router(prediction_routes(endpoint, keeper))
    app.include_router(batch_routes(batch_predictor))
    app.include_router(feedback_routes(feedback))
    app.include_router(outcome_routes(settings.serving_database.url))
    app.include_router(explain_routes(Explainer(follower, registry, local), store, explanations, system))
    app.include_router(card_routes(follower, registry))
    app.include_router(model_routes(follower, challenger, registry, own.alias, tries_canary=own.canary_share > 0))
    app.include_router(promotion_routes(lambda limit: list_promotions(audit_url, limit)))
    app.include_router(open_inference_routes(follower.require_live, by_champion, system))
    app.include_router(
        roll_back_routes(lambda actor, reason, version: roll_back(settings, audit_url, actor, reason, version))
    )
    app.include_router(probe_routes(check_ready))
    add_document_pages(app)
    describe_api(app)
    SCOPES.check(app)
    return app, endpoint


def _make_batcher(
    recorder: PredictionRecorder, own: InferenceServiceSettings
) -> MicroBatcher[PredictionRequest, bytes]:
    return MicroBatcher(
        recorder.answer_batch,
        max_rows=own.max_batch_rows,
        max_waiting=own.max_waiting_rows,
        max_in_flight=own.max_batches_in_flight,
    )


def _settle_memory() -> None:
    """Keep the garbage collector off what stays, and from looking after every few hundred objects.

    A request makes no cycles: what it leaves is freed at once, so frequent rounds find nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)

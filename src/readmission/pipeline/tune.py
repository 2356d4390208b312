"""Verb `tune`: search a candidate's parameters on train alone; any number of workers share one study.

Each trial is cross-validated in folds grouped by patient, inside train: each fold learns its own encoder and stops
early on patients of its own training part. Validation and test are never read. The folds are cut by another
seed than `cross-validate` uses, so that the figures it reports are not those the search chose on.
"""

from os import getpid
from socket import gethostname
from typing import TYPE_CHECKING, Any

import numpy as np

from readmission.dataset.progress import Progress, no_progress
from readmission.errors import InvalidInputError
from readmission.learning.candidate import TunableCandidate
from readmission.learning.candidates import find_candidate, list_candidates
from readmission.learning.cross_validation import FOLDS, encode_folds
from readmission.learning.measures.metrics import log_loss, measure
from readmission.learning.split_data import SplitData
from readmission.pipeline.training_data import load_split
from readmission.settings import Settings
from readmission.storage.pipeline.tuning_studies import open_study

if TYPE_CHECKING:
    from optuna import Study, Trial

FOLD_SEED_STEP = 1000
_FOLD_LOSSES = "fold_log_loss"


def tune(
    settings: Settings, name: str, trials: int, label: str = "default", progress: Progress = no_progress
) -> dict[str, Any]:
    """Work on a study until it has so many trials in all; the candidate's own recipe is the first.

    The study's name holds the candidate, the training rows' hash and the seed: other rows are another study.

    Args:
        settings: where PostgreSQL is, and the seed.
        name: a candidate with something to tune.
        trials: finished or pruned trials the study shall have, over all workers.
        label: first part of the study's name, for a study of its own on the same rows.
        progress: told of every trial of the study.

    Returns:
        The study's name, its trials by state, the best one, and the recipe's own figures beside it.

    Raises:
        InvalidInputError: there is no such candidate, or it has nothing to tune.
        NotFoundError: there is nothing to train on.
        UnavailableError: PostgreSQL does not answer.
    """
    from optuna.study import MaxTrialsCallback
    from optuna.trial import TrialState

    candidate = find_candidate(name)
    if not isinstance(candidate, TunableCandidate):
        known = ", ".join(each for each in list_candidates() if isinstance(find_candidate(each), TunableCandidate))
        raise InvalidInputError(f"candidate {name!r} says of nothing that it may be tuned; these do: {known}")
    train = load_split(settings, "train")
    name_of_study = f"{label}/{name}/{train.sha256[:16]}/{settings.seed}"
    done = (TrialState.COMPLETE, TrialState.PRUNED)

    def tell(study: "Study", _: object) -> None:
        progress("trials", len(study.get_trials(deepcopy=False, states=done)), trials)

    with open_study(settings.database.url, name_of_study) as study:
        if len(study.get_trials(deepcopy=False, states=done)) < trials:
            study.set_user_attr("dataset_sha256", train.dataset.sha256)
            study.set_user_attr("training_data_sha256", train.sha256)
            study.enqueue_trial(candidate.parameters(), {"recipe": "as in its file"}, skip_if_exists=True)
            study.optimize(
                lambda trial: _try(trial, candidate, train, settings),
                callbacks=[tell, MaxTrialsCallback(trials, states=done)],
            )
        return summarise_study(study)


def _try(trial: "Trial", candidate: TunableCandidate, train: SplitData, settings: Settings) -> float:
    """Mean log-loss over the folds; given up early where it lies behind the median of the trials before."""
    from optuna import TrialPruned

    way = candidate.suggest(trial)
    trial.set_user_attr("code_commit", settings.code_commit)
    trial.set_user_attr("worker", f"{gethostname()}:{getpid()}")
    losses, found, rounds = [], [], []
    # Encoded anew for each trial: that is far quicker than training, and four folds are four times the features.
    for fold in encode_folds(train.data, settings.seed + FOLD_SEED_STEP, train.dropped):
        model = way.fit(fold.rows, settings.seed)
        probabilities = model.predict(fold.features)
        losses.append(log_loss(probabilities, fold.labels))
        found.append(measure(probabilities, fold.labels))
        rounds.append(model.rounds)
        trial.report(float(np.mean(losses)), fold.fold)
        if fold.fold < FOLDS - 1 and trial.should_prune():
            raise TrialPruned
        del fold, model  # the next fold is encoded in the memory of this one
    trial.set_user_attr(_FOLD_LOSSES, losses)
    trial.set_user_attr("rounds", rounds)
    for metric in ("risk_30d_roc_auc", "risk_any_roc_auc"):
        trial.set_user_attr(metric, float(np.mean([each[metric] for each in found])))
    return float(np.mean(losses))


def summarise_study(study: "Study") -> dict[str, Any]:
    """The best trial beside the candidate's own recipe, and how sure the difference is.

    ``gain``: log-loss of the recipe less that of the best trial, by fold; ``standard_error`` of their mean. The best
    of many trials looks better than it is: the gate's validation patients have the last word.
    """
    from optuna.trial import TrialState

    trials = study.get_trials(deepcopy=False)
    finished = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    counts = {state.name.lower(): sum(trial.state == state for trial in trials) for state in TrialState}
    summary: dict[str, Any] = {"study": study.study_name, "trials": {k: v for k, v in counts.items() if v}}
    if not finished:
        return summary
    best = min(finished, key=lambda trial: trial.value or 0.0)
    recipe = next((trial for trial in finished if "recipe" in trial.user_attrs), None)
    summary["best"] = {"trial": best.number, "log_loss": best.value, "parameters": best.params, **best.user_attrs}
    if recipe is not None:
        summary["recipe"] = {"trial": recipe.number, "log_loss": recipe.value, **recipe.user_attrs}
        gains = np.subtract(recipe.user_attrs[_FOLD_LOSSES], best.user_attrs[_FOLD_LOSSES])
        spread = float(gains.std(ddof=1) / np.sqrt(len(gains)))
        summary["gain"] = {"mean": float(gains.mean()), "standard_error": spread, "by_fold": gains.tolist()}
    return summary

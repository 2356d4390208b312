# %% [markdown]
# # A candidate of your own, from rows to the gate's view
#
# Runs without a platform, cell by cell (VS Code, PyCharm and Jupytext read `# %%`) or as a whole:
# `.venv/bin/python notebooks/starter.py`. It takes synthetic encounters; name the archive in `READMISSION_DATASET`
# for the real ones. Test patients are never touched.

# %%
from readmission.contract.encounter import COLUMN_NAMES
from readmission.dataset import resolve_dataset
from readmission.dataset.splits import assign_splits
from readmission.learning.build_model import build_model
from readmission.learning.candidate import Candidate
from readmission.learning.candidates import find_candidate
from readmission.learning.cross_validation import cross_validate
from readmission.learning.decision_threshold import choose_threshold
from readmission.learning.gate import Contestant, judge
from readmission.learning.measures.metrics import measure
from readmission.learning.sklearn_candidate import SklearnCandidate
from readmission.learning.split_data import label_encounters
from readmission.pipeline.evaluate import DROPPED, read_eligible
from readmission.settings import load_settings

settings = load_settings()
dataset = resolve_dataset(settings)
print(f"{dataset.rows} encounters, {dataset.kind}")

# %% [markdown]
# ## The train split
#
# Patients are split, not rows: 60 % train, 20 % validation, 20 % test. Those who died or left for hospice are left out.

# %%
frame = read_eligible(dataset.csv_path).select(COLUMN_NAMES)
splits = assign_splits(frame["patient_nbr"].to_list(), settings.data_service.split_salt)
split = frame["patient_nbr"].replace_strict(splits)
train = label_encounters(frame.filter(split == "train"), "train")
validation = label_encounters(frame.filter(split == "validation"), "validation")
print(f"train: {len(train.labels)} encounters of {len(set(train.patients))} patients")
print(f"{(train.labels == 2).mean():.1%} came back within 30 days, {(train.labels >= 1).mean():.1%} at any time")

# %% [markdown]
# ## Features
#
# One encoder, learned on train alone: groups of diagnoses, changes of medication, target encoding (cross-fitted).

# %%
encoder, rows = train.encode(settings.seed, DROPPED)
print(rows.features.shape, encoder.feature_names[:8])

# %% [markdown]
# ## A candidate
#
# Any scikit-learn classifier with `fit` and `predict_proba`, beside the plain baseline, in the same folds of
# patients. To keep yours, put it into a file of its own: docs/how-to/add-a-candidate.md.

# %%
from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: E402

classifier = HistGradientBoostingClassifier(max_iter=80, learning_rate=0.05, max_leaf_nodes=8, l2_regularization=5.0)
mine = SklearnCandidate("mine", "Histogram boosting", classifier)
baseline = find_candidate("logistic-regression")
found = {each.name: cross_validate(train, each, settings.seed, DROPPED) for each in (baseline, mine)}
for name, result in found.items():
    metrics = result.mean_metrics
    print(f"{name}: AUC {metrics['risk_30d_roc_auc']:.3f} within 30 days, log loss {metrics['log_loss']:.4f}")

# %% [markdown]
# ## The gate's view
#
# Both are trained on the whole train split, calibrated on the folds, exported, and compared on the validation
# patients, as `promote` does. A model card and the time of an answer are checked there too.


# %%
def enter(candidate: Candidate, version: str) -> Contestant:
    result = found[candidate.name]
    built = build_model(train, candidate, result.out_of_fold, settings.seed, result.rounds, DROPPED)
    return Contestant(
        version=version,
        model_hash=version,
        dataset_kind=dataset.kind,
        probabilities=built.predict(validation),
        encoder=built.encoder,
        threshold=choose_threshold(),
        cross_validated=result.mean_metrics,
    )


champion, challenger = enter(baseline, "1"), enter(mine, "2")
print(f"validation AUC: {measure(challenger.probabilities, validation.labels)['risk_30d_roc_auc']:.3f}")
verdict = judge(challenger, champion, validation)
print(f"The gate says: {verdict.decision} ({verdict.reason})")
for check in verdict.checks:
    print(f"  {'passed' if check.passed else 'FAILED'}  {check.name}: {check.value}, {check.bound}")

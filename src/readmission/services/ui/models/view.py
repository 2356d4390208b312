"""Versions and decisions as HTML."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from readmission.services.ui.models.card_summary import show_summary
from readmission.services.ui.models.gate_reasons import say_reason
from readmission.services.ui.plain_table import show_table
from readmission.services.ui.words import Words

DECISIONS = {
    "promoted": "Promoted",
    "kept": "Champion kept",
    "refused": "Refused",
    "rolled_back": "Rolled back",
    "signed": "Signed again",
    "canary_allowed": "Canary allowed",
}
CUSTODY_PROBLEMS = {
    "not-recorded": "The live version is not the recorded one.",
    "alias-elsewhere": "The registry's alias names a version the gate never signed; the recorded version answers.",
    "alias-behind": "The registry's alias has not followed the last decision yet.",
    "not-signed": "The newest decision is not signed by the gate; the last signed one holds.",
    "not-confirmed": "The record of decisions cannot be read; what was live before answers.",
}
"""What the service says does not fit, in words; ``alias-behind`` is a step that is still to come, no alarm."""
METRICS = {
    "log_loss": "Log loss (lower is better)",
    "risk_30d_roc_auc": "ROC AUC, 30 days (higher is better)",
    "risk_any_roc_auc": "ROC AUC, any time (higher is better)",
    "risk_30d_pr_auc": "PR AUC, 30 days (higher is better)",
    "risk_any_pr_auc": "PR AUC, any time (higher is better)",
    "risk_30d_brier": "Brier score, 30 days (lower is better)",
    "risk_any_brier": "Brier score, any time (lower is better)",
    "risk_30d_ece": "Calibration error, 30 days (lower is better)",
    "risk_any_ece": "Calibration error, any time (lower is better)",
}
"""Metric of the gate's evidence to its name in words; another one is shown by its own name."""
Row = Mapping[str, Any]


def show_live(models: Row, words: Words) -> str:
    """The version that answers, and what it was made of."""
    live, problems = models["live"], _show_problems(models, words)
    if live is None:
        return (
            f'<section class="card"><h2>{words("Live")}</h2>{problems}<p>{words("No version is live.")}</p></section>'
        )
    facts = [
        (words("Candidate"), live["candidate"]),
        (words("Trained on"), words(f"{live['dataset_kind']} data")),
        (words("Live since (UTC)"), _moment(live["loaded_at"])),
        (words("Action level"), words.percent(live["threshold"])),
        (words("Average risk within 30 days"), words.percent(live["base_risk"]["risk_30d"])),
        (words("Hash"), live["model_hash"][:16]),
    ]
    rows = "".join(f"<div><dt>{name}</dt><dd>{escape(str(value))}</dd></div>" for name, value in facts)
    version = escape(live["version"])
    return (
        f'<section class="card live"><h2>{words("Live")}</h2>{problems}<p class="big">{words("Version")} {version}</p>'
        f'<dl class="facts">{rows}</dl><p>{_link_card(live["version"], words)}</p></section>'
    )


def _show_problems(models: Row, words: Words) -> str:
    """Why what is live may not be what was decided."""
    return "".join(
        f'<p class="note {"" if each["problem"] == "alias-behind" else "bad"}" role="alert">'
        f"{words(CUSTODY_PROBLEMS[each['problem']])}<br><small>{escape(each['detail'])}</small></p>"
        for each in models["custody_problems"]
    )


def show_card(models: Row, decisions: Sequence[Row], card: str | None, words: Words) -> str:
    """The live version's card on one page; the whole card is read when it is opened, in a frame in which nothing runs.

    Args:
        models: of ``GET /models``.
        decisions: of ``GET /promotions``, for the figures that made it live.
        card: Markdown; None where the version has none.
        words: the page's language.
    """
    live = models["live"]
    if live is None:
        return ""
    version = escape(live["version"])
    title = words("Model card, version {version}", version=version)
    promoted = next((each for each in decisions if each["challenger_version"] == live["version"]), None)
    evidence = promoted["evidence"].get("challenger") if promoted else None
    heading = words("This model on one page")
    summary = "" if card is None else show_summary(card, live, evidence, words)
    return (
        f'<section class="card wide" id="card-summary"><h2>{heading}</h2>{summary}</section>'
        f'<details class="card wide" id="model-card"><summary>{title} ({words("the full card")})</summary>'
        f'<iframe sandbox loading="lazy" src="card/{version}" title="{title}"></iframe></details>'
    )


def show_comparison(decisions: Sequence[Row], words: Words) -> str:
    """The newest decision that held a challenger against a champion, figure by figure."""
    title = f"<h2>{words('Challenger against champion')}</h2>"
    newest = next((each for each in decisions if each["evidence"].get("champion")), None)
    if newest is None:
        nothing = words("No two versions were compared yet.")
        return f'<section class="card">{title}<p class="quiet">{nothing}</p></section>'
    challenger, champion = newest["evidence"]["challenger"], newest["evidence"]["champion"]
    rows = [
        (
            _name(name, words),
            words.number(champion[name], 4),
            words.number(value, 4),
            _signed(value - champion[name], words),
        )
        for name, value in sorted(challenger.items(), key=lambda item: _place(item[0]))
        if isinstance(value, float) and isinstance(champion.get(name), float)
    ]
    names = (
        words("Same held-out patients"),
        f"{words('champion')} {escape(str(newest['champion_version']))}",
        f"{words('challenger')} {escape(str(newest['challenger_version']))}",
        "±",
    )
    reason = escape(say_reason(newest["reason"], words))
    table = show_table(names, rows, named_rows=True)
    return f'<section class="card">{title}{table}<p class="quiet">{reason}</p></section>'


def _signed(difference: float, words: Words) -> str:
    return f"{'+' if difference >= 0 else '-'}{words.number(abs(difference), 4)}"


def _name(metric: str, words: Words) -> str:
    return words(METRICS[metric]) if metric in METRICS else escape(metric)


def _place(metric: str) -> int:
    """The order of the table, whatever the order of the stored evidence."""
    names = list(METRICS)
    return names.index(metric) if metric in METRICS else len(names)


def show_history(decisions: Sequence[Row], words: Words) -> str:
    """Every decision, newest first."""
    rows = [
        (
            str(each["promotion_id"]),
            _moment(each["decided_at"]),
            f'<span class="tag {each["decision"]}">{words(DECISIONS[each["decision"]])}</span>',
            escape(each["challenger_version"] or "-"),
            escape(each["live_version"] or "-"),
            escape(each["actor"]),
            escape(say_reason(each["reason"], words)),
        )
        for each in decisions
    ]
    names = [*map(words, ("No.", "When (UTC)", "Decision", "Challenger", "Live after it", "By", "Reason"))]
    title = words("History of decisions")
    content = show_table(names, rows) if rows else f'<p class="quiet">{words("No decision yet.")}</p>'
    # A wide table scrolls within its card: by keyboard too.
    region = f'<section class="card wide" role="region" tabindex="0" aria-label="{title}">'
    return f"{region}<h2>{title}</h2>{content}</section>"


def show_versions(models: Row, words: Words) -> str:
    """Every registered version, and those this service refused."""
    rows = [
        (
            escape(each["version"]),
            escape(", ".join(each["aliases"]) or "-"),
            escape(each["tags"].get("candidate", "-")),
            _moment(each["created_at"]),
            _link_card(each["version"], words),
        )
        for each in models["versions"]
    ]
    refused = "".join(
        f"<li>{words('Version')} {escape(each['version'])}: {escape(each['reason'])}</li>" for each in models["refused"]
    )
    trouble = models["registry_problem"]
    hint = f'<p class="note bad">{escape(trouble)}</p>' if trouble else ""
    bad = f"<h2>{words('Refused versions')}</h2><ul>{refused}</ul>" if refused else ""
    names = [*map(words, ("Version", "Alias", "Candidate", "Registered (UTC)", "Model card"))]
    title = words("Registered versions")
    return f'<section class="card wide"><h2>{title}</h2>{hint}{show_table(names, rows)}{bad}</section>'


def _link_card(version: str, words: Words) -> str:
    """A link whose name says which version, for those who hear it out of its row."""
    name = words("Model card, version {version}", version=escape(version))
    return (
        f'<a href="card/{escape(version)}" target="_blank" rel="noopener" aria-label="{name}">{words("Model card")}</a>'
    )


def _moment(text: str) -> str:
    """An RFC 3339 time as people read it."""
    return escape(text[:16].replace("T", " "))

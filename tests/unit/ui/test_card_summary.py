"""The card on one page."""

from readmission.services.ui.models.card_summary import show_summary
from readmission.services.ui.words import Words

CARD = """# Card

## Known failures

**Drift.** Patients change, _slowly_, in the order of `encounter_id`. By quarter:

| quarter | AUC |
|---|---|
| 1 | 0.6 |
"""
LIVE = {"dataset_kind": "uci", "base_risk": {"risk_30d": 0.11}, "threshold": 0.16}


def test_names_keep_their_underscore_and_no_sentence_leads_to_a_table_that_is_not_there() -> None:
    page = show_summary(CARD, LIVE, None, Words("en"))
    assert "Drift. Patients change, slowly, in the order of encounter_id. By quarter.</p>" in page

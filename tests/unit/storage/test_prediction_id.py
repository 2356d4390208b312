"""Identifiers of predictions: valid UUIDv7, ordered by time, never twice."""

import uuid

from readmission.storage.serving.predictions import make_prediction_ids


def test_they_are_uuid_version_7_of_the_given_millisecond() -> None:
    for text in make_prediction_ids(100, unix_seconds=1_767_225_600.123):
        parsed = uuid.UUID(text)
        assert str(parsed) == text
        assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
        assert parsed.int >> 80 == 1_767_225_600_123


def test_they_differ_and_follow_time() -> None:
    assert len(set(make_prediction_ids(10_000))) == 10_000
    assert max(make_prediction_ids(100, 1000.0)) < min(make_prediction_ids(100, 1000.001))

"""Prepare the library in the background, so that the process answers probes from its first second."""

import logging
import threading

from readmission.dataset import resolve_dataset
from readmission.errors import ReadmissionError
from readmission.observability.metrics import data_prepared_rows
from readmission.services.data_service.prepare import Library, prepare_library
from readmission.settings import Settings

_logger = logging.getLogger(__name__)


class Preparation:
    """The library once it is there; until then ``reason`` says why it is not."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.library: Library | None = None
        self.reason = "the data set is being prepared"

    def start(self) -> None:
        """Begin, in a thread of its own."""
        threading.Thread(target=self._run, name="prepare-library", daemon=True).start()

    def _run(self) -> None:
        settings = self._settings
        try:
            resolved = resolve_dataset(settings, self._tell)
            if resolved.kind == "synthetic":
                _logger.warning("serving SYNTHETIC encounters: %s", resolved.note)
            self.reason = "the data set is being cut into batches"
            service = settings.data_service
            library = prepare_library(
                settings.state_dir / "data_service", resolved, service.split_salt, service.batch_size
            )
            for split in library.catalog.splits():
                data_prepared_rows.labels(split.split).set(split.rows)
        except ReadmissionError as error:
            self.reason = error.message
            _logger.error("not prepared: %s", error.message)
        except Exception as error:
            self.reason = f"preparing the data set failed: {type(error).__name__}; the log says more"
            _logger.exception("not prepared")
        else:
            self.library = library

    def _tell(self, stage: str, done: int, whole: int | None) -> None:
        share = f" {100 * done // whole} %" if whole else ""
        self.reason = f"the data set is being prepared ({stage}{share})"

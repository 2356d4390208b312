"""Let a challenger answer a share of the requests: callers see its answers, and which version gave them."""

from collections.abc import Callable

from readmission.services.inference_service.models.follow_challenger import ChallengerFollower
from readmission.services.inference_service.models.loaded_model import LoadedModel

_GOLDEN = 0.6180339887498949


class Canary:
    """Chooses the version that answers the next batch, as a whole.

    The choice follows the multiples of the golden section, whose fractions fall evenly on every part of 0 to 1: the
    share is kept from the first requests on, and no rhythm of the batches can fall in step with it.

    Args:
        require_live: returns the champion.
        challenger: is followed elsewhere; while there is none the gate signed, the champion answers all.
        share: part of the batches that the challenger answers, 0 to 1.
    """

    def __init__(self, require_live: Callable[[], LoadedModel], challenger: ChallengerFollower, share: float) -> None:
        self._require_live = require_live
        self._challenger = challenger
        self._share = share
        self._place = 0.0

    def choose(self) -> LoadedModel:
        """The version for the next batch.

        Raises:
            UnavailableError: no model is live.
        """
        challenger = self._challenger.canary
        if challenger is not None:
            self._place = (self._place + _GOLDEN) % 1
            if self._place < self._share:
                return challenger
        return self._require_live()

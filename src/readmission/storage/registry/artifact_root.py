"""The one place MLflow's artifacts may lie: below a root in S3. A location is compared, never tidied up first."""

import re
from dataclasses import dataclass

_SEGMENT = re.compile(r"[A-Za-z0-9_=@+,:-][A-Za-z0-9_.=@+,: -]*")
"""No percent sign, backslash, question mark or hash, and no leading dot: each means something else to somebody."""


@dataclass(frozen=True, slots=True)
class ArtifactRoot:
    """A folder of a bucket, such as ``s3://mlflow/artifacts``."""

    location: str

    def holds(self, location: object) -> bool:
        """True if a location is a plain path below the root, or the root itself."""
        if not isinstance(location, str):
            return False
        if location == self.location:
            return True
        start = f"{self.location}/"
        if not location.startswith(start):
            return False
        return all(_SEGMENT.fullmatch(segment) for segment in location.removeprefix(start).split("/"))

    def holds_run(self, location: object, run_id: object) -> bool:
        """True if a location is below the root, in the folder of a run."""
        if not isinstance(run_id, str) or not re.fullmatch(r"[0-9a-f]{32}", run_id):
            return False
        return self.holds(location) and f"/{run_id}/artifacts/" in f"{location}/"

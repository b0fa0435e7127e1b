"""Which reading of an open question the service takes; our preferred ones by default.

Seed 002 leaves much open. Each answer that a real system may give differently is a field here,
those on time series and on SQL in parts of their own. The service asks its policy and knows no
quirk; `quirks` names the departures.
"""

from dataclasses import dataclass, field

from simulator.services.exchange.series.policy import SeriesPolicy
from simulator.services.exchange.sql.policy import SqlPolicy


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The readings of one service."""

    series: SeriesPolicy = field(default_factory=SeriesPolicy)
    sql: SqlPolicy = field(default_factory=SqlPolicy)
    shared_write: bool = False
    """Whether READ_WRITE members of a collaborative write to services of others, too."""
    same_file_twice: bool = True
    """Whether a directory may hold two files of one name, with two ids."""
    url_lifetime_s: int = 900
    """How long presigned URLs are good, real time."""
    upload_confirmation_delay_s: float = 0.0
    """How long after its upload a file is confirmed, in the world's time."""

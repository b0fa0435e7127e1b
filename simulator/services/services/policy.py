"""Which reading of an open question the service takes; by default what seed 004 documents.

The published Go service departs from its documentation in many places. Each is a field here, so
that the life cycle and the streams ask their policy and know no quirk; `quirks` names them.
"""

from dataclasses import dataclass
from typing import Literal

from simulator.services.errors import Code


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The readings of one service."""

    retry_keeps_error: bool = False
    """Whether `error` outlives a load that succeeded after failures."""
    retry_moves_error_time: bool = True
    """Whether failures that will be retried count as errors for `last_error_time`."""
    resets_attempts: bool = True
    """Whether Stop and Configure reset `failed_attempts`; else each load counts anew."""
    stop_ends_backoff: bool = True
    """Whether Stop while retrying clears `loading`, `next_attempt_time` and `error`."""
    streams_in_order: bool = True
    """Whether streams tell states of one instant in their order; else some arrive swapped."""
    metadata_folds_log: bool = True
    """Whether streamed totals are those of the log; else each stream adds up what it told."""
    pull_masks: bool = True
    """Whether pulls of services honour read masks."""
    lenient_masks: bool = False
    """Whether paths that lead nowhere are ignored, and an empty mask selects nothing."""
    counts_foreign_types: bool = False
    """Whether services of types that do not exist are counted by type too."""
    first_update_has_old: bool = True
    """Whether an update tells its old value to a stream that was told nothing of it before."""
    create_replaces: bool = False
    """Whether creating under an id that exists abandons the old service; else it is refused."""
    ghost_adds: bool = False
    """Whether a refused creation is told to streams as an ADD that nothing follows."""
    load_notices_stop: bool = True
    """Whether Stop ends a load at once; else the load runs on to its end."""
    bare_errors: bool = False
    """Whether refusals of what a caller got wrong are UNKNOWN."""
    keeps_refused: bool = False
    """Whether a service of a type that does not exist stays after its creation was refused."""
    absorbs_parse_errors: bool = False
    """Whether an unreadable first config is accepted, and leaves the service with an error."""
    delete_tells_type: bool = True
    """Whether the reply to Delete holds the type."""
    fragile: bool = False
    """Whether requests that bring the published server down end abruptly; else they are refused."""
    configure_keeps_error: bool = False
    """Whether an accepted config leaves `error` until the next start."""
    signed_tokens: bool = True
    """Whether page tokens are sealed; else they name the last id, as the published server's do."""
    generations: Literal["both", "v1", "v0"] = "both"
    """Under which of the published package names the methods are served."""

    def code(self, sane: Code) -> Code:
        """Return the code of a refusal for what a caller got wrong."""
        return Code.UNKNOWN if self.bare_errors else sane

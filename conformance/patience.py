"""How long the judge waits for what has to come, and for what must not."""

GRACE_S = 0.5
"""How long nothing more may arrive: busy machines deliver up to 350 ms late."""

EVENT_S = 5.0
"""How long an event may take."""

AHEAD_S = 8
"""How far ahead a start is put that has to be accepted and is waited for: clocks may differ."""

"""Conversion factors between the public units (W, Wh, microseconds) and the kernel's seconds."""

US_PER_S = 1_000_000
"""Microseconds in a second."""
S_PER_US = 1e-6
NEVER_US = 1 << 62
"""Stands for a moment that never comes."""
S_PER_H = 3600.0
"""Watt-seconds in a watt-hour."""
EPSILON_W = 1e-9
"""Dead band of powers: less counts as nothing when deciding between import and export."""

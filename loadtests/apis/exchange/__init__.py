"""The exchange API (seed 002) under load: records published, walked, exported, over HTTP alone.

Every record tells its place in its series three times over: by its time, by its sequence number
and by its value, so a reader can prove what it got without having seen what was written.
"""

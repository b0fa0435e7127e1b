"""The tasks API (seed 005) under load: claims of one queue by many, and a feed that can be resumed.

Nothing in this API can be deleted: a run completes what it made, and says what it leaves behind.
"""

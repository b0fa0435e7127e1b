"""The services API (seed 004) under load: pulls whose replay has to become what the server lists.

Without a type of service that may be made, named in the target profile, a run only reads.
"""

"""Mutation hooks of the meta API: how change is brought about on a target that is only read.

One wire format for all: a request and its answer are JSON objects with the verbs and keys of the
`exec` hook. `exec_hook` hands them to a child process as they are, `grpc_hook` makes them calls
of `gridproof.control.v1.MetaControl`, `goten_hook` into calls of the later API that has writes.
"""

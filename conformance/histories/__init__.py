"""Recorded runs, and how they are judged without a network.

A history is a file of JSON objects, one a line. A line is one call, or one thing that happened on a
stream; a tool of somebody else's may write it with few fields:

    {"api": "tasks", "method": "GetTask", "at": "2026-11-22T10:00:00Z", "took_ms": 4,
     "request": {"name": "tenants/t1/tasks/a"}, "reply": {"name": "tenants/t1/tasks/a", …}}
    {"api": "tasks", "method": "GetTask", "at": …, "request": {…}, "status": {"code": "NOT_FOUND"}}
    {"api": "meta", "kind": "open", "stream": 1, "method": "WatchRegions", "at": …, "request": {…}}
    {"api": "meta", "kind": "event", "stream": 1, "at": …, "reply": {…}}
    {"api": "meta", "kind": "end", "stream": 1, "at": …, "status": {"code": "CANCELLED"}}

    api       dispatch, meta, services, tasks or exchange; left out where `method` is a gRPC path
    kind      `call` if left out; of a stream `open`, then `event` (received), `send` (sent; sockets
              alone), `end` with the status as the caller saw it; `hook` is no call of the API
    method    the bare name, or `/package.Service/Name`; over REST the verb and the path without
              its query, `GET /v1alpha2/regions`; of the exchange the name of the operation, or verb
              and URL of an object; `socket` for a WebSocket
    at        when the request was sent, or the message came: ISO 8601, or `at_us`, microseconds
              since 1970. `mono_us` is the same on a monotonic clock, used if every line has it
    took_ms   until the answer was there. Left out, nothing is known of when the call ended, and
              nothing is judged that depends on it
    stream    which stream; unique in the file for each API
    request   JSON form of the message, either spelling of names; over REST `{"query": [[name,
              value], …], "body": text}`; of the exchange the body that was posted. Messages
              without a JSON form are `{"bytes_base64": …}`
    reply     likewise; absent where the call failed
    status    `{"code": "NOT_FOUND", "details": "…"}` of a call that failed; OK if left out. Over
              REST and for the exchange `HTTP 404`, or the error type of GraphQL. `trailer` is
              `grpc-status-details-bin`, base64
    caller    the role of whoever called; "" is the usual one. Never a credential
    check, worker, seq, metadata    what else `conform --record` knows; not judged

The first line may tell about the file: `{"gridproof_history": 1, "services": {"dispatch":
{"generation": "0.15"}}, "sole_writer": true}`. `services` has what a target profile says of each
API, and `sole_writer` says that nobody wrote to the target but the calls in the file. Without it
others may have changed anything between two calls, and only what holds all the same is judged.

Taken for granted is that one answer shows one state, true at some moment between request and
answer; that the answer of a write shows what this write made; that the times a server tells of
creations and updates are those of its clock; and that neither that clock nor the recorder's goes
back.
"""

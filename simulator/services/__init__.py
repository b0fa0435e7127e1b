"""The APIs: one package or module each, a thin dialect over the store.

A service's core is a plain object: requests in, encoded replies out, time from an injected clock,
no socket and no event loop. `rpc` is how a server finds its methods, `errors` what it refuses.
"""

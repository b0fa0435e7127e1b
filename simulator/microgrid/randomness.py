"""Random streams by name: what one part draws never depends on which other parts there are."""

from hashlib import sha256

import numpy as np

__all__ = ["stream"]


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """Return the generator that belongs to a name, such as `stream(seed, "ev", 7, day)`."""
    digest = sha256("/".join(map(str, name)).encode()).digest()
    words = np.frombuffer(digest, dtype=np.uint32).tolist()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))

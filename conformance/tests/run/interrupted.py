"""Judges an endpoint until it is stopped, then says what is left behind.

Arguments: the address, and which API it has.
"""

import sys

from conformance.mutants.services.server import PROFILE
from conformance.run.judge import Options, judge
from conformance.targets.profile import DispatchProfile, Services, Target

APIS = {
    "dispatch": (Services(dispatch=DispatchProfile(simulated_site=True)), ("DSP-CRE", "DSP-REC")),
    "services": (Services(services=PROFILE), ("SVC-CRE", "SVC-GET")),
}

if __name__ == "__main__":
    claimed, only = APIS[sys.argv[2]]
    target = Target(endpoint=sys.argv[1], services=claimed)
    result = judge(Options(target=target, writes=True, depth="full", seed=1, only=only))
    print("interrupted" if result.interrupted else "finished", result.residue)

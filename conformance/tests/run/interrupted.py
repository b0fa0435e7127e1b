"""Judges an endpoint until it is stopped, then says what is left behind."""

import sys

from conformance.run.judge import Options, judge
from conformance.targets.profile import DispatchProfile, Services, Target

if __name__ == "__main__":
    dispatch = DispatchProfile(simulated_site=True)
    target = Target(endpoint=sys.argv[1], services=Services(dispatch=dispatch))
    result = judge(
        Options(target=target, writes=True, depth="full", seed=1, only=("DSP-CRE", "DSP-REC"))
    )
    print("interrupted" if result.interrupted else "finished", result.residue)

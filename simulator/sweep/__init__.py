"""Sweeps: one scenario run many times with values of its file varied.

`variation` and `keys` read what is varied, `base` is the file it is varied in, `plan` lists the
runs, `work` does one of them wherever `crews` puts it, `results` keeps what is finished, `effects`
and `report` tell what came of it. Which worker does a run never shows in its result.
"""

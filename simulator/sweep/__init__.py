"""Sweeps: one scenario run many times with values of its file varied.

`variation` and `keys` read what is varied, `base` is the file it is varied in, `plan` lists the
runs, `work` does some of them wherever `crews` puts them, with `figures` of whichever engine,
`results` keeps what is finished, `effects` and `report` tell what came of it. Which worker does a
run never shows in its result.
"""

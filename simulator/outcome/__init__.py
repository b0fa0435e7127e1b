"""What a run produced: summary, tables, plots, comparisons.

`run.run` simulates a scenario, `summary.summarise` tells what came of it, `tables.write` puts
everything into a directory, `terminal.print_summary` onto the screen. Modules are imported one by
one, because tables and plots bring large libraries.
"""

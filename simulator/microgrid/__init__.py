"""The simulated microgrid: clock, components, recurrence, dispatch execution and faults."""

"""Reports of a load run: one summary as data, and pages made from nothing but that summary."""

"""Hypothesis strategies with directed boundaries, drawing the plain values of the oracles."""

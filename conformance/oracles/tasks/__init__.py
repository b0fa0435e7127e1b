"""What is right in the tasks API (seed 001), independent of any server: plain values and rules.

Life cycle, filters, order, golden results of templates, cases of JSON Schema, details of errors.
"""

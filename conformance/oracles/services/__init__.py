"""What is right for the services API (seed 004), without any wire.

model       a service, counts and changes as plain values
life        the states of a service, and what each command does to them
changes     what the changes of a collection add up to
metadata    the counts of a collection, and of its changes
invariants  what holds for one service at any time, and between two looks at it
masks       what a read mask leaves
"""

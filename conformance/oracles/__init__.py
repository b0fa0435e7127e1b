"""Independent models of what is right, as pure functions over plain values.

`model` holds the values; every other module answers one question about them (recurrence, end
times, validation, filters, order, paging, masks, payload limits, equality). None of it knows
protobuf, sockets or clocks, so a live run and a recorded history are judged by the same code.
"""

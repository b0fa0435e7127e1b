"""Independent models of the EdgeLQ meta API v1alpha2 (seed 003), as pure functions over values.

`model` holds the values; every other module answers one question about them (filters, views,
order, names, page tokens, paging, watch assembly, whole histories). None of it knows protobuf,
sockets or clocks, so a live run and a recorded history are judged by the same code.
"""

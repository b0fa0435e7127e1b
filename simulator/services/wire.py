"""The pieces of protobuf's wire format that replies are joined of, without building messages."""


def varint(number: int) -> bytes:
    """Return a number in the wire's variable length; below 0 it takes ten bytes, as an int64."""
    number &= 0xFFFF_FFFF_FFFF_FFFF
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def uint(field: int, number: int) -> bytes:
    """Return an encoded number field, nothing at all for 0."""
    return varint(field << 3) + varint(number) if number else b""


def delimited(field: int, content: bytes) -> bytes:
    """Return an encoded field of a message, a string or bytes."""
    return varint(field << 3 | 2) + varint(len(content)) + content

"""PEM blocks as Go finds and writes them.

Source:
    Go 1.26, ``encoding/pem``: text between blocks is passed over, a block that is broken too.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from esync.gocompat.base64 import Base64Error
from esync.gocompat.base64 import decode as decode_base64
from esync.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BEGIN: Final = b"-----BEGIN "
_END: Final = b"\n-----END "
_DASHES: Final = b"-----"
_LINE: Final = 64
_FIRST_HEADER: Final = b"Proc-Type"


@dataclass(frozen=True, slots=True)
class Block:
    """One block: what stands in its first line, its bytes, and headers if it has any."""

    type: bytes
    content: bytes
    headers: Mapping[bytes, bytes] = field(default_factory=dict)


def decode(data: bytes) -> Block | None:
    """Return the first block."""
    return decode_from(data, 0)[0]


def decode_from(data: bytes, start: int) -> tuple[Block | None, int]:
    """Return the first block from ``start`` on and where it ends; without a block, ``start``."""
    at = start
    while True:
        end = data.find(_END, at)
        if end < 0:
            return None, start
        after = end + len(_END)
        begin = data.rfind(_BEGIN, at, end)
        if begin < 0 or (begin > at and data[begin - 1] != ord("\n")):
            at = after
            continue
        found, at = _block(data, begin + len(_BEGIN), end)
        if found is not None:
            return found, at
        if at > after or at < 0:
            return None, start
        at = after


def blocks(data: bytes) -> Iterator[Block]:
    """Go through all blocks."""
    found, at = decode_from(data, 0)
    while found is not None:
        yield found
        found, at = decode_from(data, at)


def _block(data: bytes, at: int, end: int) -> tuple[Block | None, int]:
    """Read the block whose type is at ``at``; return where it ends, or where it broke off.

    -1: the text ends inside its headers.
    """
    line, at = _read_line(data, at)
    kind = line.removesuffix(_DASHES)
    if kind == line:
        return None, at
    headers, at = _headers(data, at)
    if at < 0 or (headers and end < at):
        return None, at
    last, rest = _read_line(data, end + len(_END))
    if last != kind + _DASHES:
        return None, at
    try:
        content = decode_base64(data[at:end].translate(None, b" \t")) if end > at else b""
    except Base64Error:
        return None, at
    return Block(kind, content, headers), rest


def _headers(data: bytes, at: int) -> tuple[dict[bytes, bytes], int]:
    headers: dict[bytes, bytes] = {}
    while at < len(data):
        line, following = _read_line(data, at)
        key, colon, value = line.partition(b":")
        if not colon:
            return headers, at
        headers[key.strip()] = value.strip()
        at = following
    return headers, -1


def _read_line(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the line at ``at`` without what is blank at its end, and where the next begins."""
    end = data.find(b"\n", at)
    if end < 0:
        return data[at:].rstrip(b" \t"), len(data)
    return data[at:end].removesuffix(b"\r").rstrip(b" \t"), end + 1


def encode(block: Block) -> bytes:
    """Write a block: 64 characters a line, headers sorted but for ``Proc-Type``."""
    headers = sorted(block.headers.items(), key=lambda item: (item[0] != _FIRST_HEADER, item[0]))
    lines = [b"%b%b-----\n" % (_BEGIN, block.type)]
    lines += [b"%b: %b\n" % header for header in headers]
    if headers:
        lines.append(b"\n")
    text = base64.b64encode(block.content)
    lines += [text[at : at + _LINE] + b"\n" for at in range(0, len(text), _LINE)]
    lines.append(b"-----END %b-----\n" % block.type)
    return b"".join(lines)

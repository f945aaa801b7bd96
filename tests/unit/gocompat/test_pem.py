"""PEM blocks are found and written where Go finds and writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esync.gocompat.pem import Block, blocks, decode, decode_from, encode

X = b"-----BEGIN X-----\nAAEC\n-----END X-----\n"


@pytest.mark.parametrize(
    "text",
    [
        X,
        X.replace(b"\n", b"\r\n"),
        X.rstrip(),
        b"junk\n" + X + b"more",
        X.replace(b"AAEC", b"A A\tE\nC"),
        X.replace(b"-----\nA", b"-----  \nA"),
        b"-----BEGIN Y-----\n" + X,
        b"-----BEGIN Y-----\nAA!!\n-----END Y-----\n" + X,
        b"-----BEGIN Y-----\nAAAA\n-----END Z-----\n" + X,
        b"-----BEGIN Y\nAAAA\n-----END Y-----\n" + X,
    ],
)
def test_found(text: bytes) -> None:
    """Text around a block, broken blocks before it, blanks inside it and CR do not matter."""
    assert decode(text) == Block(b"X", b"\x00\x01\x02")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"-----BEGIN X-----",
        b" " + X,
        X.replace(b"-----END X-----", b"----- END X-----"),
        X.replace(b"END X-----", b"END X----- x"),
        X.replace(b"\nAAEC", b"\nA: b\n-----END Y-----"),
        b"-----BEGIN X----- AAEC -----END X-----",
        b"-----BEGIN X-----\nA: b\n",
    ],
)
def test_not_found(text: bytes) -> None:
    """A block stands on lines of its own, ends as it began, and has base64 inside."""
    assert decode(text) is None
    assert decode_from(text, 0) == (None, 0)


def test_empty_block() -> None:
    """A block may have nothing in it."""
    assert decode(b"-----BEGIN X-----\n-----END X-----\n") == Block(b"X", b"")


def test_headers() -> None:
    """Headers are read, and written sorted with Proc-Type first."""
    block = Block(b"X", b"\x00", {b"B": b"2", b"Proc-Type": b"4", b"A": b"1"})
    text = encode(block)
    assert text == (b"-----BEGIN X-----\nProc-Type: 4\nA: 1\nB: 2\n\nAA==\n-----END X-----\n")
    assert decode(text) == block


def test_several_blocks() -> None:
    """One block follows the other, and each is told where it ends."""
    text = X + b"between\n" + X.replace(b"X", b"Y")
    assert [block.type for block in blocks(text)] == [b"X", b"Y"]
    _, end = decode_from(text, 0)
    assert end == len(X)


@given(st.lists(st.binary(max_size=100), max_size=3))
def test_what_is_written_is_read(contents: list[bytes]) -> None:
    """Blocks come back as they were."""
    written = b"".join(encode(Block(b"A B", content)) for content in contents)
    assert [block.content for block in blocks(written)] == contents


@given(st.text(alphabet="-BEGINDX :\n\rA="))
def test_anything_ends(text: str) -> None:
    """Whatever the text, what is found lies inside it."""
    _, end = decode_from(text.encode(), 0)
    assert 0 <= end <= len(text.encode())

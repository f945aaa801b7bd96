"""Why a target cannot be built."""

from __future__ import annotations

from esync.errors import EsyncError


class ShapeError(EsyncError):
    """A target cannot be built from what the stores answered."""

    rule = "ES0400"


class NotDecodable(ShapeError):
    """A value is not what ``decodingStrategy`` says it is."""

    rule = "ES0402"


class NullByte(ShapeError):
    """A value holds a zero byte and ``nullBytePolicy: Fail`` forbids it."""

    rule = "ES0403"


class RewriteFailed(ShapeError):
    """A rewrite operation cannot be done."""

    rule = "ES0404"


class TemplateFailed(ShapeError):
    """A template does not parse or execute."""

    rule = "ES0405"


class SourceMissing(ShapeError):
    """A template source, or a key of it, is not there."""

    rule = "ES0406"


class OwnedByAnother(ShapeError):
    """The target belongs to another ExternalSecret or controller."""

    rule = "ES0407"


class CannotDelete(ShapeError):
    """``deletionPolicy: Delete`` needs ``creationPolicy: Owner``."""

    rule = "ES0408"


class ReservedLabel(ShapeError):
    """A manifest sets a label or annotation that belongs to the bookkeeping."""

    rule = "ES0409"


class TooLarge(ShapeError):
    """A Secret is larger than the API server accepts."""

    rule = "ES0411"


class BadTarget(ShapeError):
    """A template puts something where it cannot go in a manifest target."""

    rule = "ES0412"

"""What deliver refuses to do."""

from __future__ import annotations

from esync.errors import EsyncError, Refused


class DeliverError(EsyncError):
    """A change cannot be made."""

    rule = "ES0500"


class WouldLoseKeys(Refused):
    """A Secret that nobody manages would lose keys."""

    rule = "ES0502"


class WouldBeEmptied(Refused):
    """A live value would be replaced by an empty one."""

    rule = "ES0503"


class Untouchable(Refused):
    """The live Secret is of a type that esync never writes."""

    rule = "ES0504"


class TooManyDeletions(Refused):
    """More would be deleted than ``--delete-limit`` allows."""

    rule = "ES0505"


class AllOrNothing(Refused):
    """``--atomic``: something else failed, so nothing is written."""

    rule = "ES0506"


class CannotChange(DeliverError):
    """The API does not let this be changed in place."""

    rule = "ES0508"


class KeptChanging(DeliverError):
    """Somebody else wrote the object again and again while it was being written."""

    rule = "ES0509"

"""What goes wrong with an ApplySet, and why nothing was pruned."""

from __future__ import annotations

from esync.deliver.errors import DeliverError
from esync.errors import Refused


class NotOurSet(Refused):
    """The parent object is there, and is not an ApplySet of esync."""

    rule = "ES0520"


class InAnotherSet(Refused):
    """A target is a member of another ApplySet."""

    rule = "ES0521"


class NotTheWholeSet(Refused):
    """The input is a part of what the set covers: the rest would be taken for gone."""

    rule = "ES0522"


class EmptySet(Refused):
    """Nothing is asked for, or the stores have nothing of it: everything would be pruned."""

    rule = "ES0523"


class NotPruned(DeliverError):
    """Something else went wrong, so that nothing was pruned; a warning."""

    rule = "ES0524"


class MembersUnknown(DeliverError):
    """The members of the set could not all be read, so that nothing was pruned."""

    rule = "ES0525"


class Kept(DeliverError):
    """A member that no manifest asks for was left alone; a note."""

    rule = "ES0526"


class IsTheParent(Refused):
    """A target is the parent object of an ApplySet."""

    rule = "ES0527"

"""The pool's former place."""

from esync.identity.wire import Answer, Wire

__all__ = ["Answer", "Wire"]

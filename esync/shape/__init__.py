"""Decode, convert, rewrite, merge, template, build: answers in, desired Secrets out. Pure."""

from esync.shape.room import emit, fill, settle, shape
from esync.shape.templates import Chance

__all__ = ["Chance", "emit", "fill", "settle", "shape"]

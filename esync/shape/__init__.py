"""Decode, convert, rewrite, merge, template, build: answers in, desired Secrets out. Pure."""

from esync.shape.chance import Chance
from esync.shape.room import emit, fill, settle, settle_manifest, shape

__all__ = ["Chance", "emit", "fill", "settle", "settle_manifest", "shape"]

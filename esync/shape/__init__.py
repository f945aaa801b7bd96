"""Decode, convert, rewrite, merge, template, build: answers in, desired Secrets out. Pure."""

from esync.shape.chance import Chance
from esync.shape.owners import refuse_foreign
from esync.shape.room import emit, fill, settle, settle_manifest, shape

__all__ = ["Chance", "emit", "fill", "refuse_foreign", "settle", "settle_manifest", "shape"]

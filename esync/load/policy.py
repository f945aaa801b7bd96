"""``--policy FILE``: read from where the flag says, and from nowhere that it shall narrow."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from esync.errors import Location
from esync.load.documents import Scope, read_documents
from esync.load.errors import LoadError, Unreadable
from esync.load.files import Files
from esync.manifests.policy import policy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from esync.manifests.document import Document
    from esync.manifests.policy import Policy


class NotOnePolicy(LoadError):
    """The file of a policy holds no document, or several."""

    rule = "ES0140"


class PolicyInInput(LoadError):
    """The policy is part of the input that it shall narrow."""

    rule = "ES0141"


def read_policy(name: str, inputs: Collection[str]) -> Policy:
    """Return the policy in the file ``name``.

    Args:
        name: a path; standard input and folders are none.
        inputs: what ``-f`` and ``-k`` name; whoever may write there could widen the policy.

    Raises:
        Unreadable: there is no such file, or it cannot be read.
        PolicyInInput: it stands in the input.
        NotOnePolicy: it has no document, or several.
        LoadError, ManifestError: it is no YAML, or no policy.
    """
    at = Location(name)
    # Where the file is, and where the link to it is: whoever may write there can change either.
    places = (Path(os.path.realpath(name)), Path(os.path.realpath(Path(name).parent), "policy"))
    for one in inputs:
        if one != "-" and any(place.is_relative_to(os.path.realpath(one)) for place in places):
            raise PolicyInInput(
                f'the policy stands in "{one}", the input that it shall narrow',
                at=at,
                hint="keep it where those who write the input cannot change it",
            )
    found = list(_documents(name))
    if len(found) != 1:
        raise NotOnePolicy(
            f"a policy is one document, and the file has {len(found)}",
            at=at,
            hint="begin it with apiVersion: esync.dev/v1 and kind: Policy",
        )
    return policy(found[0])


def _documents(name: str) -> Iterator[Document]:
    for document in read_documents(_content(name), name, Scope()):
        if isinstance(document, LoadError):
            raise document
        yield document


def _content(name: str) -> bytes:
    if name == "-" or Path(name).is_dir():
        raise Unreadable(f'"{name}" is no file', at=Location(name), hint="name the policy's file")
    [(_, content)] = Files(lambda: b"").read(name)
    if isinstance(content, LoadError):
        raise content
    return content

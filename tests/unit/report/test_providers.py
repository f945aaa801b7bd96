"""What providers can do, as people read it."""

from __future__ import annotations

from esync.providers.abilities import Abilities
from esync.providers.contract import FindBy
from esync.report import providers

ABLE = Abilities(
    "able",
    "Service",
    reads=True,
    extracts=True,
    finds_by=(FindBy.NAME, FindBy.TAGS),
    metadata=True,
    batch_size=20,
    ambient=True,
)
POOR = Abilities(
    "Poor",
    "",
    reads=True,
    extracts=False,
    finds_by=(),
    metadata=False,
    batch_size=1,
    ambient=False,
)


def test_a_table_with_plugins_below() -> None:
    """What one cannot do is a hyphen; a batch of one is none; columns stand below their heads."""
    assert providers.as_text([ABLE, POOR], [("theirs", "package:Class")]).splitlines() == [
        "PROVIDER  SERVICE  READ  EXTRACT  FIND        METADATA  BATCH  AMBIENT",
        "able      Service  yes   yes      name, tags  yes       20     yes",
        "Poor               yes   -        -           -         -      -",
        "theirs  (package:Class; needs --allow-plugin theirs)",
    ]


def test_the_table_of_the_reference() -> None:
    """With a link to each provider's page, whose name is in lower case, and the proof."""
    assert list(providers.table([ABLE, POOR], ["a server", ""]))[2:] == [
        "| [`able`](able.md) | Service | yes | yes | name, tags | yes | 20 | yes | a server |",
        "| [`Poor`](poor.md) |  | yes | - | - | - | - | - |  |",
    ]

"""No value gets out: planted ones are looked for in all that esync says, whatever goes wrong."""

from __future__ import annotations

import logging
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from esync import report
from esync.report.summary import details
from esync.secret import SecretValue

if TYPE_CHECKING:
    from esync.flow.outcome import Outcome
    from tests.behaviour.workbench import Workbench

CANARY = "c4n4ry/Value=1"
OLD = "0ld/c4n4ry+Value"
KEY = "c4n4ryKey"

GOOD = """
data: [{secretKey: k, remoteRef: {key: plain}}]
"""
# Each makes something of the value, or fails over it.
SPECS = {
    "plain": GOOD,
    "extract": "dataFrom: [{extract: {key: json}}]",
    "extract of text": "dataFrom: [{extract: {key: plain}}]",
    "missing property": "data: [{secretKey: k, remoteRef: {key: json, property: no}}]",
    "missing key": "data: [{secretKey: k, remoteRef: {key: no}}]",
    "not base64": "data: [{secretKey: k, remoteRef: {key: plain, decodingStrategy: Base64}}]",
    "found": "dataFrom: [{find: {name: {regexp: .*}}}]",
    "bad pattern": "dataFrom: [{find: {name: {regexp: '('}}}]",
    "merge of text": """
dataFrom: [{extract: {key: nested}, rewrite: [{merge: {}}]}]
""",
    "merge": """
dataFrom: [{extract: {key: nested}, rewrite: [{merge: {into: all, strategy: JSON}}]}]
""",
    "keys from values": """
dataFrom: [{extract: {key: merged}, rewrite: [{merge: {}}]}]
""",
    "transform fails": """
dataFrom: [{extract: {key: keys}, rewrite: [{transform: {template: '{{ fail .value }}'}}]}]
""",
    "illegal key": """
dataFrom: [{extract: {key: slashed}, rewrite: [{regexp: {source: x, target: x}}]}]
""",
    "colliding keys": "dataFrom: [{extract: {key: colliding}}]",
    "template": GOOD + "target: {template: {data: {t: 'a {{ .k }}'}}}",
    "template fails": GOOD + "target: {template: {data: {t: '{{ fail .k }}'}}}",
    "template of the wrong type": GOOD
    + "target: {template: {data: {t: '{{ add1 (dict .k 1) }}'}}}",
    "template cannot convert": GOOD + "target: {template: {data: {t: '{{ .k | toDate .k }}'}}}",
    "template must parse": GOOD + "target: {template: {data: {t: '{{ mustFromJson .k }}'}}}",
    "template indexes": GOOD + "target: {template: {data: {t: '{{ index .k .k }}'}}}",
    "template with a bad pattern": GOOD
    + "target: {template: {data: {t: '{{ mustRegexMatch (printf \"(%s\" .k) .k }}'}}}",
    "template without the key": GOOD + "target: {template: {data: {t: '{{ .nope }}{{ .k }}'}}}",
    "certificate": GOOD + "target: {template: {data: {t: '{{ pkcs12key .k }}{{ .k | b64dec }}'}}}",
    "labels": GOOD + "target: {template: {metadata: {labels: {l: '{{ .k | sha256sum }}'}}}}",
    "bad labels": GOOD + "target: {template: {metadata: {labels: {l: '{{ .k }} {{ .k }}'}}}}",
    "annotations": GOOD + "target: {template: {metadata: {annotations: {a: '{{ .k }}'}}}}",
    "keys and values": GOOD
    + "target: {template: {templateFrom: [{literal: '{{ .k | quote }}: {{ .k | quote }}'}]}}",
    "keys and values fail": GOOD
    + "target: {template: {templateFrom: [{literal: '- {{ .k }}: [{{ .k }}'}]}}",
    "rendered is not base64": GOOD
    + "target: {template: {templateFrom: [{literal: 'a: {{ .k | quote }}',"
    " valuesDecodingStrategy: Base64}]}}",
    "wrong type": GOOD + "target: {template: {type: kubernetes.io/tls}}",
    "too large": GOOD + "target: {template: {data: {t: '{{ repeat 100000 .k }}'}}}",
    "too long": GOOD + "target: {template: {data: {t: '{{ repeat 10000000 .k }}'}}}",
}


def lay(bench: Workbench) -> None:
    """Lay a store full of canaries."""
    member = f'"{KEY}": "{CANARY}"'
    bench.store(
        "vault",
        {
            "plain": CANARY,
            "json": f'{{"a": "{CANARY}", "b": {{"c": ["{CANARY}"]}}}}',
            "nested": f'{{"a": "{CANARY}"}}',
            "merged": f'{{"a": "{{\\"{KEY}\\": 1}}"}}',
            "keys": f"{{{member}}}",
            "slashed": f'{{"a/{KEY}": "{CANARY}"}}',
            "colliding": f'{{"{KEY}/a": "{CANARY}", "{KEY}_a": "{CANARY}"}}',
        },
    )


def said(outcome: Outcome) -> str:
    """Return everything that esync would say of an outcome."""
    parts = [text for _, text in report.findings(outcome)]
    parts += [*report.summary(outcome), *details(outcome)]
    if outcome.command != "render":
        parts += [report.as_json(outcome), report.as_text(outcome, report.Look(colour=True))]
    return "\n".join([*parts, repr(outcome)])


def leaks(text: str, secret: str) -> list[str]:
    """Return the spellings of ``secret`` that are in ``text``."""
    raw = secret.encode()
    spellings = {secret, b64encode(raw).decode().rstrip("="), raw.hex(), quote(secret, safe="")}
    spellings |= {repr(secret)[1:-1], " ".join(str(byte) for byte in raw)}
    return [one for one in spellings if one in text]


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_no_value_is_said(bench: Workbench, spec: str, caplog: pytest.LogCaptureFixture) -> None:
    """Render, diff and apply, on no Secret and on an older one: reports, logs, reprs, errors."""
    caplog.set_level(logging.DEBUG)
    lay(bench)
    bench.external_secret("secretStoreRef: {name: vault}\n" + spec.strip("\n"))
    outcomes = [bench.render(), bench.diff(), bench.apply(), bench.apply()]
    if bench.live() is not None:
        bench.edit(k=OLD, t=OLD, extra=OLD)
        outcomes += [bench.diff(), bench.apply(atomic=True)]

    told = "\n".join(said(outcome) for outcome in outcomes)
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)

    assert leaks(told + logged, CANARY) == []
    assert leaks(told + logged, OLD) == []


@pytest.mark.parametrize("name", ["keys from values", "keys and values", "transform fails"])
def test_key_names_that_are_values_are_masked(bench: Workbench, name: str) -> None:
    """A name that a template or rewrite made from a value is told as a mask."""
    lay(bench)
    bench.external_secret("secretStoreRef: {name: vault}\n" + SPECS[name].strip("\n"))

    outcomes = [bench.diff(), bench.apply()]
    reports = [report.as_json(one) + report.as_text(one, report.Look()) for one in outcomes]
    found = [text for one in outcomes for _, text in report.findings(one)]

    assert KEY not in "".join(reports + found)
    assert CANARY not in "".join(reports + found)


def test_errors_carry_no_chain_with_values(bench: Workbench) -> None:
    """What was raised below holds no value either: traces print causes."""
    lay(bench)
    for name, spec in SPECS.items():
        bench.external_secret("secretStoreRef: {name: vault}\n" + spec.strip("\n"), name="app")
        for failure in bench.render().failures:
            seen: BaseException | None = failure.error
            while seen is not None:
                assert CANARY not in f"{seen!r} {seen.args} {vars(seen)}", name
                seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)


def test_values_are_shown_on_request_only(bench: Workbench) -> None:
    """--show-values prints what changed; nothing else does."""
    lay(bench)
    bench.external_secret("secretStoreRef: {name: vault}\n" + GOOD.strip("\n"))
    outcome = bench.diff()

    assert CANARY in report.as_text(outcome, report.Look(values=True))
    assert CANARY not in report.as_text(outcome, report.Look())
    assert str(SecretValue(CANARY.encode())) == "***"

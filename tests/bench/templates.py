"""Renders per second of a configuration file: parse once, execute many times.

Run with ``python -m tests.bench.templates``.
"""

from __future__ import annotations

import os
import sys
import time

from esync import gotemplate

TEMPLATE = """\
# Configuration of {{ .app | quote }}, made from its secrets.
{{- $db := .database | fromJson }}
{{- $hosts := splitList "," .hosts }}
[server]
name = {{ .app | upper | quote }}
workers = {{ .workers | int | max 2 }}
debug = {{ eq .environment "development" }}
{{- if eq .environment "production" }}
log_level = "warning"
{{- else }}
log_level = "debug"
{{- end }}

[database]
user = "{{ $db.user }}:{{ $db.password | urlquery }}"
url = "postgres://{{ first $hosts }}:5432/{{ $db.name }}"
password_hash = "{{ $db.password | sha256sum | trunc 16 }}"
{{- range $index, $host := $hosts }}
replica.{{ $index }} = {{ $host | trim | quote }}
{{- end }}

[tls]
certificate = {{ .certificate | b64enc | quote }}
{{- with index . "extra-ca" }}
authority = {{ . | quote }}
{{- end }}

[cache]
timeout = {{ printf "%ds" (mul 60 (atoi .minutes)) }}
key_prefix = {{ printf "%s:%s:" .app .environment | lower | quote }}
"""

DATA = {
    "app": "shop",
    "environment": "production",
    "workers": "4",
    "minutes": "15",
    "hosts": "db-0.example, db-1.example,db-2.example",
    "database": '{"user": "app", "password": "p@ss/word", "name": "orders"}',
    "certificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    "extra-ca": "",
}
ROUNDS = 3_000


def main() -> None:
    """Measure, and print one figure a line."""
    began = time.perf_counter()
    template = gotemplate.compile(TEMPLATE, name="config")
    parsed = time.perf_counter()
    for _ in range(ROUNDS):
        template.execute(DATA, clock=time.time_ns, random=os.urandom)
    executed = time.perf_counter()
    sys.stdout.write(f"compile once: {(parsed - began) * 1000:.2f} ms\n")
    sys.stdout.write(f"execute: {ROUNDS / (executed - parsed):,.0f} renders per second\n")


if __name__ == "__main__":
    main()

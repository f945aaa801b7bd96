"""Go's layouts; local time is UTC."""

from __future__ import annotations

import pytest

from tests.unit.gotemplate.rendering import refused, render


@pytest.mark.parametrize(
    ("template", "output"),
    [
        (
            '{{ dateInZone "2006-01-02 15:04:05 MST" 1720000000 "America/New_York" }}',
            "2024-07-03 05:46:40 EDT",
        ),
        (
            '{{ dateInZone "Mon Jan _2 3:04PM -0700" 0 "Asia/Kathmandu" }}',
            "Thu Jan  1 5:30AM +0530",
        ),
        ('{{ date "2006-01-02" (toDate "2006-01-02" "2024-02-29") }}', "2024-02-29"),
        ('{{ dateInZone "2006" (int64 0) "No/Where" }}', "1970"),
        (
            '{{ htmlDate 86400 }} {{ htmlDateInZone 0 "America/Los_Angeles" }}',
            "1970-01-02 1969-12-31",
        ),
        (
            '{{ dateModify "-1.5h" (toDate "2006-01-02" "2024-02-29") }}',
            "2024-02-28 22:30:00 +0000 UTC",
        ),
        ('{{ dateModify "x" (toDate "2006" "2024") | unixEpoch }}', "1704067200"),
        ('{{ toDate "2006-01-02" "nope" }}', "0001-01-01 00:00:00 +0000 UTC"),
        (
            '{{ mustToDate "2006-01-02T15:04:05Z07:00" "2024-01-02T03:04:05+02:00" }}',
            "2024-01-02 03:04:05 +0200 +0200",
        ),
        ('{{ toDate "02 Jan 06 15:04 MST" "31 Dec 99 23:59 GMT+3" | unixEpoch }}', "946684740"),
        ('{{ duration 95 }} {{ duration "95" }} {{ duration (int64 95) }}', "0s 1m35s 1m35s"),
        (
            (
                '{{ durationRound "2400h10m5s" }} {{ durationRound "1h" }} {{ durat'
                "ionRound (int64 7200000000000) }}"
            ),
            "3mo 60m 2h",
        ),
        ('{{ ((toDate "2006-01-02" "2024-01-31").AddDate 0 1 0).Format "Jan 2" }}', "Mar 2"),
        (
            '{{ (toDate "2006" "2024").Weekday }} {{ (toDate "2006" "2024").Month }}',
            "Monday January",
        ),
        ('{{ (toDate "2006" "2024").Sub (toDate "2006" "2023") }}', "8760h0m0s"),
        ('{{ toDate "2006-01-02" "2024-03-01" | toJson }}', '"2024-03-01T00:00:00Z"'),
        (
            '{{ date_in_zone "2006" 0 "UTC" }}{{ date_modify "1h" (toDate "2006" "2024") }}',
            "19702024-01-01 01:00:00 +0000 UTC",
        ),
    ],
)
def test_renders(template: str, output: str) -> None:
    """As Go does; the expectations were recorded from it."""
    assert render(template).decode() == output


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (
            '{{ mustToDate "2006-01-02" "2024-13-01" }}',
            'parsing time "2024-13-01": month out of range',
        ),
        ('{{ mustToDate "15" "24" }}', 'parsing time "24": hour out of range'),
        ('{{ mustToDate "2006" "2024 x" }}', 'parsing time "2024 x": extra text: " x"'),
        (
            '{{ mustDateModify "1d" (toDate "2006" "2024") }}',
            'time: unknown unit "d" in duration "1d"',
        ),
        (
            '{{ mustToDate "2006-01-02" "2024-1-2" }}',
            'parsing time "2024-1-2" as "2006-01-02": cannot parse "1-2" as "01"',
        ),
    ],
)
def test_refuses(template: str, words: str) -> None:
    """In Go's words, which the public message does not repeat."""
    error = refused(template)
    assert error.go_message.endswith(words)

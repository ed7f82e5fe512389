"""CSV that no spreadsheet runs, line by line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from labeling.web.tables import csv_lines


def test_it_works() -> None:
    text = "".join(csv_lines(["a", "b"], [[1, "x"], [None, 'say "hi", you\nthere']]))
    assert text == 'a,b\r\n1,x\r\n,"say ""hi"", you\nthere"\r\n'


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\r=1", "\n=1", '=cmd|"/C calc"!A0'])
def test_formulas_become_texts(text: str) -> None:
    written = "".join(csv_lines(["a"], [[text]]))
    told = list(csv.reader(io.StringIO(written, newline="")))[1][0]
    assert told == f"'{text}"


@pytest.mark.parametrize("value", [-1, -0.5, "a=b", "", "plain - text"])
def test_numbers_and_plain_texts_stay(value: object) -> None:
    assert list(csv.reader(csv_lines(["a", "b"], [[value, 1]])))[1] == [str(value), "1"]


def test_nothing_is_read_ahead() -> None:
    read: list[int] = []

    def rows() -> Iterator[list[int]]:
        for number in range(3):
            read.append(number)
            yield [number]

    lines = csv_lines(["n"], rows())
    assert (next(lines), read) == ("n\r\n", [])
    assert (next(lines), read) == ("0\r\n", [0])

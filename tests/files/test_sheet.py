# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""CSV of the user's own: what spreadsheets save is read as they show it."""

from __future__ import annotations

import pytest

from fea.errors import InputError
from fea.files import Sheet

TABLE = "name,mass\nJürgen,60.5\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end_of_spreadsheets_is_read(tmp_path, encoding, ends):
    file = tmp_path / "table.csv"
    file.write_bytes(TABLE.replace("\n", ends).encode(encoding))
    sheet = Sheet(file)
    assert (sheet.names, list(sheet)) == (["name", "mass"], [["Jürgen", "60.5"]])


@pytest.mark.parametrize(("text", "value"), [("a;b\n1,5;2\n", 1.5), ("a,b\n1.5,2\n", 1.5), ("a\tb\n1.5\t2\n", 1.5)])
def test_beside_semicolons_the_decimal_comma_is_understood(tmp_path, text, value):
    file = tmp_path / "table.csv"
    file.write_text(text)
    sheet = Sheet(file)
    (row,) = sheet.whole()
    assert sheet.number(row[0], "a") == value


def test_a_mistake_names_the_row_that_a_spreadsheet_shows(tmp_path):
    """A cell with line ends is one row; a remark, an empty row and the hint of a separator are one each."""
    file = tmp_path / "table.csv"
    file.write_text('sep=;\n# side: left;;\n\nname;mass;\n;;\n"Anna\n# not a remark";60;\n# more\nBen;x;\n')
    sheet = Sheet(file)
    rows = sheet.whole()
    assert (next(rows), sheet.row) == (["Anna\n# not a remark", "60"], 6)
    name, mass = next(rows)
    with pytest.raises(InputError, match=r"line 8: column mass: 'x' is not a number\.$"):
        sheet.number(mass, "mass")
    assert (name, sheet.remarks) == ("Ben", ["sep=", "# side: left", "# more"])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a,b\n1\n", r"line 2: has 1 cells, the head 2\.$"),
        (b"a,b\n1,2,3\n", r"line 2: has 3 cells, the head 2\.$"),
        (b'a,b\n"1,2\n', r"line 2: cannot be read as CSV"),
        (b"a,b\n\x00,1\n", r"is not a text but binary; needed: CSV\.$"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(tmp_path, content, says):
    file = tmp_path / "table.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match=says):
        list(Sheet(file).whole())


@pytest.mark.parametrize("text", ["1_000", "nan", "inf", "", "1,5"])
def test_what_is_no_finite_number_is_refused(tmp_path, text):
    file = tmp_path / "table.csv"
    file.write_text("a\n1\n")
    with pytest.raises(InputError, match=r"column a: .*(not a number|not finite)"):
        Sheet(file).number(text, "a")


def test_a_larger_file_is_not_read(tmp_path):
    file = tmp_path / "table.csv"
    file.write_text("a\n" + 50 * "1\n")
    with pytest.raises(InputError, match="has 102 bytes; allowed: up to 100"):
        Sheet(file, most_bytes=100)

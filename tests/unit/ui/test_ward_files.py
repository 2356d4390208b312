"""Files people take for a list: those that can be read are, and of the others it is said what to do."""

import io

import pytest

from readmission.errors import InvalidInputError
from readmission.services.ui.ward.read_file import read_ward_file, write_template


def template() -> str:
    content = io.BytesIO()
    write_template(content, "csv")
    return content.getvalue().decode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "This is a PDF"),
        (b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml", "This is a workbook (xlsx, ods)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "This is a workbook (xls)"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "The file is no text"),
    ],
)
def test_what_is_no_list_is_named(content: bytes, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_ward_file(content)
    assert caught.value.message.startswith(said)
    assert caught.value.message.endswith("save the list as CSV")
    assert caught.value.problems == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize(("separator", "end"), [(",", "\n"), (";", "\r\n"), ("\t", "\r\n")])
def test_what_spreadsheets_save_is_read(encoding: str, separator: str, end: str) -> None:
    text = template().replace(",", separator).replace("\n", end)
    assert read_ward_file(text.encode(encoding)) == read_ward_file(template().encode())


def test_stray_white_space_changes_nothing() -> None:
    lines = template().splitlines()
    padded = "\n".join([lines[0], *(",".join(f" {cell}\t" for cell in line.split(",")) for line in lines[1:])])
    assert read_ward_file(padded.encode()) == read_ward_file(template().encode())

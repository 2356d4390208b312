"""A table of facts as HTML; on a phone each row is a card and each cell stands under its title."""

from collections.abc import Iterable, Sequence


def show_table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, named_rows: bool = False) -> str:
    """The table.

    Args:
        titles: of the columns, escaped.
        rows: cells as HTML, in the order of the titles.
        named_rows: the first cell of a row is its name.
    """
    head = "".join(f"<th>{title}</th>" for title in titles)
    body = "".join(f"<tr>{''.join(_cells(titles, row, named_rows))}</tr>" for row in rows)
    return f'<table class="plain"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _cells(titles: Sequence[str], row: Sequence[str], named_rows: bool) -> Iterable[str]:
    for place, (title, cell) in enumerate(zip(titles, row, strict=True)):
        if named_rows and place == 0:
            yield f'<th scope="row">{cell}</th>'
        else:
            yield f'<td data-title="{title}"><span>{cell}</span></td>'

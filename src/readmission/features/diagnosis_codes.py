"""How an ICD-9-CM code is read: its category is what the model learns from."""

_DIABETES = "250"


def read_category(code: str | None) -> str | None:
    """Category of an ICD-9-CM code: three digits, but diabetes (250.xx) whole.

    The fourth and fifth digit of a diabetes code say which complication and which type, so they are
    kept. Spelling differences are levelled: case, the point (``4280`` is ``428.0``), leading zeros
    (``008`` is ``8`` in this data set) and trailing zeros after the point (``250.10`` is ``250.1``).

    Returns:
        None if the code is missing (None, empty or ``?``).

    >>> read_category("428.0"), read_category("4280"), read_category("25083"), read_category("V270")
    ('428', '428', '250.83', 'V27')
    """
    if code is None:
        return None
    code = code.strip().upper()
    if code in ("", "?"):
        return None
    head, point, detail = code.partition(".")
    if not point:
        # Without its point, a code has all its digits: three of a category, four after an E.
        digits = 4 if code.startswith("E") else 3
        head, detail = code[:digits], code[digits:]
    if head.isdigit():
        head = head.lstrip("0") or "0"
    detail = detail.rstrip("0")
    return f"{head}.{detail}" if head == _DIABETES and detail else head

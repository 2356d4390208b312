"""The patient form as HTML. Plain inputs, selects and radio buttons; only a diagnosis is searched by our own list."""

import json
from html import escape
from itertools import chain

from readmission.contract.encounter import BY_NAME, DIAGNOSIS_SYSTEM
from readmission.services.ui.patient.form import FIRST_CHOICES, GROUPS, MORE, OLDEST, FormField
from readmission.services.ui.value_words import choices_of
from readmission.services.ui.words import Words

SYSTEMS = {"icd10cm": "ICD-10", "icd9cm": "ICD-9"}
_CHIPS_HIDDEN = {"gender": ("Unknown/Invalid",)}
"""Values too rare for a button; the API and the ward list take them."""


def show_form(examples: dict[str, str], words: Words, system: str) -> str:
    """The form with its examples; ``page.js`` and ``patient.js`` bring it to life.

    Args:
        examples: key to title.
        words: the page's language.
        system: coding system of diagnoses that the form starts with.
    """
    chips = "".join(
        f'<button type="button" class="example" id="example-{key}" data-example="{key}">{words(title)}</button>'
        for key, title in examples.items()
    )
    groups = "".join(
        f'<fieldset class="group"><legend>{words(title)}</legend>'
        f"{_show_system(system, words) if fields[0].control == 'diagnosis' else ''}"
        f'<div class="fields">{"".join(show_field(field, words) for field in fields)}</div></fieldset>'
        for title, fields in GROUPS
    )
    more = "".join(show_field(field, words) for field in MORE)
    return (
        f'<form id="patient-form" novalidate autocomplete="off" data-texts="{escape(json.dumps(_texts(words)))}">'
        f'<details class="examples-box"><summary>{words("Try an example")}</summary>'
        f'<div class="examples">{chips}</div></details>'
        f"{groups}"
        f'<details class="group more"><summary>{words("If you know more (changes little)")}</summary>'
        f'<div class="fields">{more}</div></details>'
        f'<div class="actions"><button type="submit" id="assess">{words("Assess risk")}</button>'
        f'<button type="button" id="reset">{words("Start again")}</button>'
        f'<span id="left" class="quiet" aria-live="polite"></span></div></form>'
    )


def _show_system(chosen: str, words: Words) -> str:
    """Which system the diagnoses are coded in: a switch, not a question; nothing about it is assumed or left open."""
    title = words("Coded in")
    options = "".join(
        f'<label><input type="radio" name="{DIAGNOSIS_SYSTEM}" value="{value}"{" checked" if value == chosen else ""}>'
        f"<span>{words(text)}</span></label>"
        for value, text in SYSTEMS.items()
    )
    return (
        f'<div class="coding" id="{DIAGNOSIS_SYSTEM}" data-default="{chosen}"><span class="title" id="title-coding">'
        f'{title}</span><div class="chips" role="radiogroup" aria-labelledby="title-coding">{options}</div></div>'
    )


def show_field(field: FormField, words: Words) -> str:
    """One question: title, control, hint, and the place where its problem is said."""
    column = BY_NAME[field.name]
    name, title = field.name, words(field.title)
    assumed = "" if field.assumed is None else str(field.assumed)
    tag = f'<span class="assumed-tag">{words("assumed")}</span>' if assumed else ""
    optional = "" if field.required or assumed else f'<span class="optional">{words("if any")}</span>'
    attributes = f'data-field="{name}" data-control="{field.control}" data-assumed="{escape(assumed)}"'
    if field.required:
        attributes += ' data-required="1"'
    described = f'aria-describedby="hint-{name} error-{name}"'
    hint = _hint(field, words)
    if field.control == "chips":
        hidden = _CHIPS_HIDDEN.get(name, ())
        options = "".join(
            f'<label><input type="radio" name="{name}" value="{escape(str(value))}"><span>{escape(text)}</span></label>'
            for text, value in choices_of(column, words)
            if value not in hidden
        )
        head = f'<span class="title" id="title-{name}">{title}{tag}</span>'
        control = (
            f'<div class="chips" role="radiogroup" aria-labelledby="title-{name}" {described} id="control-{name}">'
            f"{options}</div>"
        )
    else:
        head = f'<label class="title" for="control-{name}">{title}{tag}{optional}</label>'
        control = _control(field, assumed, described, words)
    classes = f"field control-{field.control}{' assumed' if assumed else ''}"
    return (
        f'<div class="{classes}" id="field-{name}" {attributes}>{head}'
        f'{control}<span class="hint" id="hint-{name}">{hint}</span>'
        f'<span class="error" id="error-{name}"></span></div>'
    )


def _control(field: FormField, assumed: str, described: str, words: Words) -> str:
    name = field.name
    if field.control == "select":
        empty = "" if assumed else f'<option value="">{words("Choose…")}</option>'
        return (
            f'<select id="control-{name}" name="{name}" {described}>{empty}{_options(field, assumed, words)}</select>'
        )
    if field.control == "diagnosis":
        return (
            f'<div class="combo"><input id="control-{name}" type="text" role="combobox" aria-autocomplete="list" '
            f'aria-expanded="false" aria-controls="list-{name}" spellcheck="false" autocapitalize="off" {described}>'
            f'<ul id="list-{name}" role="listbox" tabindex="-1" aria-label="{words(field.title)}" hidden></ul></div>'
        )
    return (
        f'<input id="control-{name}" name="{name}" type="text" inputmode="numeric" maxlength="4" '
        f'value="{escape(assumed)}" {described}>'
    )


def _options(field: FormField, assumed: str, words: Words) -> str:
    first = FIRST_CHOICES.get(field.name, ())
    known = {value: text for text, value in choices_of(BY_NAME[field.name], words)}
    ordered = list(dict.fromkeys(chain((code for code in first if code in known), known)))

    def option(value: str | int) -> str:
        selected = " selected" if str(value) == assumed else ""
        return f'<option value="{escape(str(value))}"{selected}>{escape(known[value])}</option>'

    if not first:
        return "".join(option(value) for value in ordered)
    often, others = (
        "".join(option(value) for value in part) for part in (ordered[: len(first)], ordered[len(first) :])
    )
    return (
        f'<optgroup label="{words("Most often")}">{often}</optgroup>'
        f'<optgroup label="{words("All others")}">{others}</optgroup>'
    )


def _hint(field: FormField, words: Words) -> str:
    column = BY_NAME[field.name]
    if field.control == "age":
        return words("{low} to {high} {unit}", low=0, high=OLDEST, unit=words("years"))
    if field.control == "number":
        return words("{low} to {high} {unit}", low=column.minimum, high=column.maximum, unit=words(column.unit or ""))
    if field.control == "diagnosis":
        return words("Name, abbreviation or code")
    return ""


def _texts(words: Words) -> dict[str, str]:
    """What the browser itself says."""
    return {
        "choose": words("Choose a diagnosis from the list"),
        "nothing": words("Nothing found: try another name or a code"),
        "left": words("Still to fill in: {count}"),
        "ready": words("Ready"),
        "away": words("The page's server does not answer. Try again."),
        "again": words("Assess again"),
        "stale": words("The form has changed. This answer is for what was entered before."),
        "working": words("Assessing…"),
    }

"""Colours and type of the page: calm, high contrast, only fonts the machine has."""

import gradio as gr

_FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")

THEME = gr.themes.Base(
    primary_hue=gr.themes.colors.teal,
    secondary_hue=gr.themes.colors.slate,
    neutral_hue=gr.themes.colors.slate,
    radius_size=gr.themes.sizes.radius_md,
    font=_FONT,
    font_mono=("ui-monospace", "Menlo", "Consolas", "monospace"),
).set(
    body_background_fill="#f4f7f9",
    body_text_color="#14212b",
    body_text_color_subdued="#4a5a66",
    block_background_fill="#ffffff",
    block_border_color="#d5dee5",
    block_label_text_color="#14212b",
    block_title_text_color="#14212b",
    block_info_text_color="#4a5a66",
    input_background_fill="#ffffff",
    input_border_width="1px",
    input_border_color="#8296a3",
    input_padding="8px 10px",
    input_radius="8px",
    button_border_width="1px",
    button_large_radius="10px",
    block_border_width="0px",
    input_border_color_focus="#0b6e75",
    button_primary_background_fill="#0b6e75",
    button_primary_background_fill_hover="#085a60",
    button_primary_text_color="#ffffff",
    button_secondary_background_fill="#ffffff",
    button_secondary_background_fill_hover="#e9f3f3",
    button_secondary_border_color="#8296a3",
    button_secondary_text_color="#14212b",
)

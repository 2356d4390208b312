"""The Models tab: what is live, every decision of the gate, and the way back."""

from html import escape
from typing import Any

import gradio as gr

from readmission.client import AsyncInferenceClient, Models
from readmission.errors import ReadmissionError
from readmission.services.ui.models.view import show_card, show_comparison, show_history, show_live, show_versions
from readmission.services.ui.words import Words


class ModelsTab:
    """Builds the tab and answers its events."""

    def __init__(self, client: AsyncInferenceClient, words: Words) -> None:
        self._client = client
        self._words = words

    def build(self, tab: gr.Tab) -> None:
        """Lay the tab out; it reads everything again whenever it is opened."""
        words = self._words
        shown = gr.HTML("", elem_id="models")
        with gr.Accordion(words("Roll back (operators)"), open=False, elem_classes=["group"], elem_id="rollback"):
            warning = words("Makes the version that was live before answer again, for everybody, within seconds.")
            gr.HTML(f'<p class="quiet">{warning}</p>')
            with gr.Row():
                actor = gr.Textbox(label=words("Your name"), elem_id="rollback-actor", elem_classes=["field"])
                reason = gr.Textbox(label=words("Reason"), elem_id="rollback-reason", elem_classes=["field"])
                key = gr.Textbox(
                    label=words("Admin key"), type="password", elem_id="rollback-key", elem_classes=["field"]
                )
            ask = gr.Button(words("Roll back…"), elem_id="rollback-ask")
            with gr.Column(visible=False, elem_classes=["card", "problem"]) as question:
                text = gr.HTML("", elem_id="rollback-question")
                with gr.Row():
                    confirm = gr.Button(words("Yes, roll back"), variant="stop", elem_id="rollback-confirm")
                    cancel = gr.Button(words("No, leave it"), elem_id="rollback-cancel")
            note = gr.HTML("", elem_id="rollback-note")
        tab.select(self.look, None, shown, api_visibility="private", show_progress="hidden")
        ask.click(self.ask, [actor, reason, key], [question, text, note], api_visibility="private")
        cancel.click(lambda: gr.update(visible=False), None, question, api_visibility="private")
        confirm.click(self.roll_back, [actor, reason, key], [question, note, key], api_visibility="private").then(
            self.look, None, shown, api_visibility="private", show_progress="hidden"
        ).then(None, js="() => window.lookAtLive()", api_visibility="private")

    async def look(self) -> str:
        """Everything about versions and decisions, as it is now."""
        words = self._words
        try:
            models = await self._client.list_models()
            decisions = await self._client.list_promotions()
            card = await self._read_card(models)
        except ReadmissionError as error:
            return f'<p class="note bad" role="alert">{words(error.title)}: {escape(words.explain(error))}</p>'
        return (
            f'<div class="two">{show_live(models, words)}{show_comparison(decisions, words)}</div>'
            f"{show_card(models, decisions, card, words)}{show_history(decisions, words)}{show_versions(models, words)}"
        )

    async def _read_card(self, models: Models) -> str | None:
        """The live version's card; a version without one is shown without it."""
        if models["live"] is None:
            return None
        try:
            return await self._client.read_card(models["live"]["version"], "text/markdown")
        except ReadmissionError:
            return None

    async def ask(self, actor: str, reason: str, key: str) -> tuple[Any, str, str]:
        """Say what will happen and ask; without name, reason and key, ask for those first."""
        words, hidden = self._words, gr.update(visible=False)
        if not (actor.strip() and reason.strip() and key.strip()):
            return hidden, "", self._note(words("Your name, a reason and the admin key are needed."), "bad")
        try:
            live = (await self._client.list_models())["live"]
        except ReadmissionError as error:
            return hidden, "", self._note(words.explain(error), "bad")
        version = live["version"] if live else "-"
        question = words(
            "Take version {version} out of service and go back to the one before? This is recorded with your name.",
            version=escape(version),
        )
        return gr.update(visible=True), f"<h2>{question}</h2>", ""

    async def roll_back(self, actor: str, reason: str, key: str) -> tuple[Any, str, str]:
        """Order the rollback; the key is forgotten at once."""
        words = self._words
        try:
            done = await self._client.roll_back(actor.strip(), reason.strip(), admin_key=key.strip())
        except ReadmissionError as error:
            return (
                gr.update(visible=False),
                self._note(f"{words(error.title)}: {words.explain(error)}", "bad"),
                "",
            )
        text = words(
            "Version {champion} is live again instead of {before}; decision {number}.",
            champion=done["champion"],
            before=done["champion_before"],
            number=done["promotion_id"],
        )
        return gr.update(visible=False), self._note(f"✓ {text}", "good"), ""

    def _note(self, text: str, kind: str) -> str:
        return f'<p class="note {kind}" role="{"alert" if kind == "bad" else "status"}">{escape(text)}</p>'

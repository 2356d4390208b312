"""The chain of custody: who signs what goes live."""

from pathlib import Path
from typing import Annotated

import typer

from readmission.cli._app import AsJson, app, print_summary

_PANEL = "Operations"
_Reason = Annotated[str, typer.Option(help="Why, for the record.")]
_Actor = Annotated[str | None, typer.Option(help="Who asks, for the record; your user name by default.")]


@app.command("sign-promotion", rich_help_panel=_PANEL)
def sign_promotion(
    reason: _Reason = "signed again by hand",
    version: Annotated[str | None, typer.Option(help="A promoted version; the live one by default.")] = None,
    actor: _Actor = None,
    as_json: AsJson = False,
) -> None:
    """Sign a promoted version with the gate's present key, after its files and the gate's bounds are checked again."""
    from getpass import getuser

    from readmission.pipeline.sign_promotion import sign_promotion
    from readmission.settings import load_step_settings

    print_summary(sign_promotion(load_step_settings("gate"), actor or getuser(), reason, version), as_json=as_json)


@app.command("allow-canary", rich_help_panel=_PANEL)
def allow_canary(
    reason: _Reason = "tried by hand",
    version: Annotated[str | None, typer.Option(help="The challenger; the newest version by default.")] = None,
    actor: _Actor = None,
    as_json: AsJson = False,
) -> None:
    """Let a version answer the canary's share: signed and recorded, unless the gate refuses it."""
    from getpass import getuser

    from readmission.pipeline.allow_canary import allow_canary
    from readmission.settings import load_step_settings

    print_summary(allow_canary(load_step_settings("gate"), actor or getuser(), reason, version), as_json=as_json)


@app.command("align-alias", rich_help_panel="Pipeline")
def align_alias(as_json: AsJson = False) -> None:
    """Point MLflow's alias at the recorded version, if it points elsewhere (repeatable)."""
    from readmission.settings import load_step_settings
    from readmission.storage.registry.aligned_alias import align_alias

    print_summary(align_alias(load_step_settings("gate")), as_json=as_json)


@app.command("make-signing-key", rich_help_panel=_PANEL)
def make_signing_key(
    private: Annotated[Path, typer.Argument(help="File to write the private key to (PEM, mode 0600); must be new.")],
    trusted: Annotated[Path, typer.Argument(help="File of public keys to add its public half to.")],
    as_json: AsJson = False,
) -> None:
    """Make a key pair for the gate: services trust it from now on, the gate signs with it once it is switched."""
    from readmission.model.signing_key_files import write_signing_key

    print_summary(write_signing_key(private, trusted), as_json=as_json)

"""What the gate signs when it promotes a version, and how that is checked: an in-toto statement under Ed25519.

The statement names the model, its version and the SHA-256 of its manifest, which holds the hash of every file. What is
signed is DSSE's encoding of it, so any tool that reads in-toto attestations can check a row of ``audit.promotions``.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from readmission.errors import ArtifactError, ConfigurationError

Use = Literal["champion", "canary"]
"""What the gate allows a version: to answer as the champion, or to answer the canary's share."""

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:readmission:promotion:1"
PRIVATE_KEY_SETTING = "READMISSION_SIGNING__PRIVATE_KEY_FILE"
PUBLIC_KEYS_SETTING = "READMISSION_SIGNING__PUBLIC_KEYS_FILE"
_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_STATEMENT_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class ModelStatement:
    """What the gate says of a version.

    ``manifest_sha256`` covers every file. ``use`` keeps a canary's signature from making a champion.
    """

    model_name: str
    model_version: str
    manifest_sha256: str
    use: Use


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement as it is stored: its exact text, the signature in base64, and the id of the key."""

    statement: str
    signature: str
    signing_key: str


TrustedKeys = Mapping[str, Ed25519PublicKey]
"""Key id to public key."""


def key_id(key: Ed25519PublicKey) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the key's DER form."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]


def make_signing_key() -> tuple[str, str]:
    """A new key pair as PEM: the private key, and the public one."""
    private = Ed25519PrivateKey.generate()
    text = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return text, public_pem(text)


def public_pem(private_pem: str) -> str:
    """The public half of a private key in PEM, with its id as a comment."""
    public = serialization.load_pem_private_key(private_pem.encode(), password=None).public_key()
    assert isinstance(public, Ed25519PublicKey)  # noqa: S101 - make_signing_key makes no other
    text = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    return f"key {key_id(public)}\n{text}"


def read_private_key(path: Path | None) -> Ed25519PrivateKey:
    """The gate's key.

    Raises:
        ConfigurationError: the setting is missing, or the file is no private Ed25519 key.
    """
    if path is None:
        raise ConfigurationError(f"{PRIVATE_KEY_SETTING} is not set: only the gate's steps hold the key that signs")
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ConfigurationError(f"{PRIVATE_KEY_SETTING}: {path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"{PRIVATE_KEY_SETTING}: {path} holds no private key in PEM") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{PRIVATE_KEY_SETTING}: {path} is no Ed25519 key")
    return key


def read_public_keys(path: Path | None) -> TrustedKeys:
    """The keys whose signatures count; text between the PEM blocks is a comment.

    Raises:
        ConfigurationError: the setting is missing, or the file holds no public key, or one that is not Ed25519.
    """
    if path is None:
        raise ConfigurationError(f"{PUBLIC_KEYS_SETTING} is not set: nothing says whose signature a model needs")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{PUBLIC_KEYS_SETTING}: {path} cannot be read: {error.strerror}") from error
    keys: dict[str, Ed25519PublicKey] = {}
    for block in _PEM.findall(content):
        try:
            key = serialization.load_pem_public_key(block)
        except ValueError as error:
            raise ConfigurationError(f"{PUBLIC_KEYS_SETTING}: {path} holds a damaged key") from error
        if not isinstance(key, Ed25519PublicKey):
            raise ConfigurationError(f"{PUBLIC_KEYS_SETTING}: {path} holds a key that is not Ed25519")
        keys[key_id(key)] = key
    if not keys:
        raise ConfigurationError(f"{PUBLIC_KEYS_SETTING}: {path} holds no public key in PEM")
    return keys


class ModelSigner:
    """The gate's hand: signs with its private key, which those who check must trust already.

    Raises:
        ConfigurationError: a key is missing or unreadable, or the private key's other half is not trusted.
    """

    def __init__(self, private_key_file: Path | None, public_keys_file: Path | None) -> None:
        self._key = read_private_key(private_key_file)
        self.key_id = key_id(self._key.public_key())
        if self.key_id not in read_public_keys(public_keys_file):
            raise ConfigurationError(
                f"{PRIVATE_KEY_SETTING}: the public half of {private_key_file} ({self.key_id}) is not in"
                f" {public_keys_file}: no service would trust what it signs"
            )

    def sign(self, model_name: str, version: str, manifest_sha256: str, use: Use) -> SignedStatement:
        """What the gate says of a version, signed."""
        return sign_statement(ModelStatement(model_name, version, manifest_sha256, use), self._key)


def sign_statement(statement: ModelStatement, key: Ed25519PrivateKey) -> SignedStatement:
    """Sign what the gate says of a version, at this moment."""
    signer = key_id(key.public_key())
    document = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": statement.model_name, "digest": {"sha256": statement.manifest_sha256}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "model_version": statement.model_version,
            "use": statement.use,
            "signing_key": signer,
            "signed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }
    text = json.dumps(document, sort_keys=True)
    return SignedStatement(text, base64.b64encode(key.sign(encode_for_signing(text))).decode(), signer)


def verify_statement(signed: SignedStatement, keys: TrustedKeys) -> ModelStatement:
    """What a trusted key signed.

    Raises:
        ArtifactError: the key is not trusted, the signature does not fit, or the statement says something else.
    """
    key = keys.get(signed.signing_key)
    if key is None:
        raise ArtifactError(f"signed by the key {signed.signing_key[:64]!r}, which is not among the trusted keys")
    if len(signed.statement) > _MOST_STATEMENT_CHARACTERS:
        raise ArtifactError("the signed statement is too long to be one of the gate's")
    try:
        key.verify(base64.b64decode(signed.signature, validate=True), encode_for_signing(signed.statement))
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise ArtifactError(f"the signature is not one that the key {signed.signing_key} made of it") from error
    return _parse_statement(signed)


def encode_for_signing(statement: str) -> bytes:
    """DSSE's pre-authentication encoding: type and length are signed with the text."""
    kind, body = PAYLOAD_TYPE.encode(), statement.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def _parse_statement(signed: SignedStatement) -> ModelStatement:
    try:
        document: dict[str, Any] = json.loads(signed.statement)
        (subject,) = document["subject"]
        predicate = document["predicate"]
        statement = ModelStatement(
            str(subject["name"]), str(predicate["model_version"]), subject["digest"]["sha256"], predicate["use"]
        )
        known = (
            document["_type"] == STATEMENT_TYPE
            and document["predicateType"] == PREDICATE_TYPE
            and predicate["signing_key"] == signed.signing_key
            and statement.use in get_args(Use)
            and _SHA256.fullmatch(statement.manifest_sha256) is not None
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError("the signed statement is not one of the gate's") from error
    if not known:
        raise ArtifactError("the signed statement is not one of the gate's")
    return statement

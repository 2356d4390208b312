"""Which tokens of EHRs open the gateway: signed, for us, short-lived, once."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from readmission.errors import UnauthorizedError
from readmission.services.ehr_gateway.client_tokens import ClientTokens
from readmission.settings import EhrClientSettings

AUDIENCE = "https://gateway.example"
CURVE_KEY = ec.generate_private_key(ec.SECP384R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SHORT_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
OTHER_CURVE = ec.generate_private_key(ec.SECP256R1())
JWKS_URL = "https://ehr.example/jwks"


def entry(key: Any, name: str) -> dict[str, Any]:
    algorithm: Any = (
        jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else jwt.algorithms.RSAAlgorithm
    )
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": name, "use": "sig"}


@pytest.fixture
def tokens(tmp_path: Path) -> ClientTokens:
    keys = [entry(CURVE_KEY, "ec"), entry(RSA_KEY, "rsa"), entry(SHORT_KEY, "short"), entry(OTHER_CURVE, "p256")]
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": keys}))
    client = EhrClientSettings(
        name="ehr-a", issuer="https://ehr.example", jwks_file=tmp_path / "jwks.json", jwks_url=JWKS_URL
    )
    return ClientTokens((client,), httpx.AsyncClient())


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    made = {"iss": "https://ehr.example", "aud": AUDIENCE, "iat": now, "exp": now + 240, "jti": str(uuid.uuid4())}
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


def sign(payload: dict[str, Any], key: Any = CURVE_KEY, algorithm: str = "ES384", **header: Any) -> str:
    headers = {name: value for name, value in {"kid": "ec", **header}.items() if value is not None}
    # The lower layer: it signs claims of any kind.
    return jwt.PyJWS().encode(json.dumps(payload).encode(), key, algorithm, headers=headers)


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def identify(tokens: ClientTokens, token: str) -> str:
    return (await tokens.identify(f"Bearer {token}", (AUDIENCE, f"{AUDIENCE}/cds-services/x"))).name


async def refused(tokens: ClientTokens, token: str) -> None:
    with pytest.raises(UnauthorizedError):
        await identify(tokens, token)


def run(work: Any) -> Any:
    return asyncio.run(work)


@pytest.mark.parametrize(
    ("key", "algorithm", "name"), [(CURVE_KEY, "ES384", "ec"), (RSA_KEY, "RS384", "rsa")], ids=["ES384", "RS384"]
)
def test_a_right_token_opens_once(tokens: ClientTokens, key: Any, algorithm: str, name: str) -> None:
    token = sign(claims(), key, algorithm, kid=name)
    assert run(identify(tokens, token)) == "ehr-a"
    run(refused(tokens, token))


def test_the_address_called_is_an_audience_too(tokens: ClientTokens) -> None:
    assert run(identify(tokens, sign(claims(aud=f"{AUDIENCE}/cds-services/x"), jku=JWKS_URL))) == "ehr-a"


NOW = int(time.time())


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"iss": ["https://ehr.example"]},
        {"aud": "https://other.example"},
        {"aud": None},
        {"exp": NOW - 600, "iat": NOW - 700},
        {"exp": None},
        {"iat": None},
        {"iat": NOW + 300_000, "exp": NOW + 300_100},
        {"exp": NOW + 86_400},
        {"exp": "never"},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 200},
        {"nbf": NOW + 600_000},
    ],
)  # no ids of the values: two processes that share the tests would have two times in them
def test_wrong_claims(tokens: ClientTokens, changes: dict[str, Any]) -> None:
    run(refused(tokens, sign(claims(**changes))))


@pytest.mark.parametrize(
    "header",
    [{"kid": "rsa"}, {"kid": "../../etc/passwd"}, {"kid": "short"}, {"kid": None}, {"jku": "https://evil.example/jwks"},
     {"crit": ["exp"]}],
    ids=str,
)  # fmt: skip
def test_wrong_headers(tokens: ClientTokens, header: dict[str, Any]) -> None:
    run(refused(tokens, sign(claims(), **header)))


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_keys_that_are_too_weak_are_not_read(tokens: ClientTokens) -> None:
    run(refused(tokens, sign(claims(), SHORT_KEY, "RS384", kid="short")))
    run(refused(tokens, sign(claims(), OTHER_CURVE, "ES256", kid="p256")))


def test_another_key_of_the_same_name(tokens: ClientTokens) -> None:
    run(refused(tokens, sign(claims(), ec.generate_private_key(ec.SECP384R1()))))


def test_no_signature_and_the_public_key_as_a_secret(tokens: ClientTokens) -> None:
    unsigned = f"{part({'alg': 'none', 'kid': 'ec', 'typ': 'JWT'})}.{part(claims())}."
    run(refused(tokens, unsigned))
    public = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for name in ("HS256", "HS384"):
        body = f"{part({'alg': name, 'kid': 'rsa', 'typ': 'JWT'})}.{part(claims())}"
        digest = hmac.new(public, body.encode(), getattr(hashlib, "sha" + name[2:])).digest()
        run(refused(tokens, f"{body}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"))


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer a.b.c", "Bearer " + "x" * 9_000]
)
def test_what_is_no_token(tokens: ClientTokens, header: str | None) -> None:
    async def ask() -> None:
        with pytest.raises(UnauthorizedError):
            await tokens.identify(header, (AUDIENCE,))

    run(ask())

"""Verifies the JWTs of an OpenID issuer with joserfc, and signs others with it.

Reads a request from its standard input and writes the answer to its standard output, both JSON.
"""

import json
import sys
from urllib.request import urlopen

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey


def fetch(url):
    with urlopen(url, timeout=30) as answer:
        return json.load(answer)


def verify(issuer, audience, tokens):
    discovery = fetch(issuer + "/.well-known/openid-configuration")
    keys = KeySet.import_key_set(fetch(discovery["jwks_uri"]))
    algorithms = discovery["id_token_signing_alg_values_supported"]
    claims = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
    )

    def verdict(token):
        try:
            verified = jwt.decode(token, keys, algorithms=algorithms)
            claims.validate(verified.claims)
        except JoseError as error:
            return {"error": str(error)}
        return {"claims": verified.claims}

    return [verdict(token) for token in tokens]


def sign(algorithm, keyId, claims):
    parameters = {"kid": keyId, "alg": algorithm, "use": "sig"}
    key = {
        "RS256": lambda: RSAKey.generate_key(2048, parameters),
        "ES384": lambda: ECKey.generate_key("P-384", parameters),
    }[algorithm]()
    header = {"alg": algorithm, "kid": keyId, "typ": "JWT"}
    tokens = [jwt.encode(header, one, key, algorithms=[algorithm]) for one in claims]
    return {"keys": {"keys": [key.as_dict(private=False)]}, "tokens": tokens}


asked = json.load(sys.stdin)
json.dump(verify(**asked["verify"]) if "verify" in asked else sign(**asked["sign"]), sys.stdout)

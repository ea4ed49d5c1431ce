"""A small OpenID Connect provider in a process of its own: `python provider.py CLAIMS_JSON` prints its address.

Everybody who comes is signed in at once as the person of the claims. It checks what a provider must: the client's
secret, the redirect address, PKCE, a code used once.
"""

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "polku", "a-secret-of-the-test"
KEY = RSAKey.generate_key(2048, parameters={"kid": "one", "alg": "RS256", "use": "sig"})
codes: dict[str, dict[str, str]] = {}
tokens: set[str] = set()


class Provider(BaseHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass

    def _json(self, body: object, status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    @property
    def issuer(self) -> str:
        host, port = self.server.server_address[:2]
        return f"http://{host}:{port}"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self._json(
                {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "userinfo_endpoint": f"{self.issuer}/userinfo",
                    "jwks_uri": f"{self.issuer}/keys",
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                }
            )
        elif parts.path == "/keys":
            self._json({"keys": [KEY.as_dict(private=False)]})
        elif parts.path == "/authorize":
            if asked.get("client_id") != CLIENT or "code_challenge" not in asked:
                self._json({"error": "invalid_request"}, 400)
                return
            code = secrets.token_urlsafe(16)
            codes[code] = asked
            answer = urlencode({"code": code, "state": asked["state"]})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{answer}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif parts.path == "/userinfo":
            if self.headers.get("Authorization", "").removeprefix("Bearer ") in tokens:
                self._json(claims)
            else:
                self._json({"error": "invalid_token"}, 401)
        else:
            self._json({}, 404)

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        given = {name: values[0] for name, values in parse_qs(self.rfile.read(size).decode()).items()}
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        known = self.headers.get("Authorization") == f"Basic {basic}" or given.get("client_secret") == SECRET
        asked = codes.pop(given.get("code", ""), None)
        verifier = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if not known or asked is None or asked["redirect_uri"] != given.get("redirect_uri"):
            self._json({"error": "invalid_grant"}, 400)
            return
        if challenge != asked["code_challenge"]:
            self._json({"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        body = {**claims, "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}
        if "nonce" in asked:
            body["nonce"] = asked["nonce"]
        token = secrets.token_urlsafe(16)
        tokens.add(token)
        id_token = jwt.encode({"alg": "RS256", "kid": "one"}, body, KEY)
        self._json({"access_token": token, "token_type": "Bearer", "expires_in": 300, "id_token": id_token})


if __name__ == "__main__":
    claims = json.loads(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()

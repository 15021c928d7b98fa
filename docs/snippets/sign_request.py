# Signs a request to a Fairlead gateway (Python 3, nothing to install). python3 sign_request.py URL KEY_ID KEY BODY
import hashlib
import hmac
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def signed_header(method, target, body, key_id, key):
    signing_key = hmac.new(key.encode(), b"fairlead-signing-v1", hashlib.sha256).digest()
    now = str(int(time.time()))
    nonce = secrets.token_hex(16)
    digest = hashlib.sha256(body).hexdigest()
    canonical = "\n".join(["fairlead-hmac-v1", method, target, digest, now, nonce, key_id])
    signature = hmac.new(signing_key, canonical.encode(), hashlib.sha256).hexdigest()
    return f"FL-HMAC-SHA256 key={key_id}, time={now}, nonce={nonce}, body={digest}, signature={signature}"


if __name__ == "__main__" and len(sys.argv) == 5:
    address, key_id, key, body = sys.argv[1:]
    url = urllib.parse.urlsplit(address)
    target = url.path + ("?" + url.query if url.query else "")
    request = urllib.request.Request(address, data=body.encode(), method="POST")
    request.add_header("authorization", signed_header("POST", target, body.encode(), key_id, key))
    request.add_header("content-type", "application/json")
    request.add_header("anthropic-version", "2023-06-01")
    try:
        with urllib.request.urlopen(request) as answer:
            print(answer.status, answer.read().decode())
    except urllib.error.HTTPError as error:
        print(error.code, error.read().decode())

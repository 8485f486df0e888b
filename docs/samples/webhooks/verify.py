"""Verifies Trackway's webhooks (Standard Webhooks, HMAC-SHA256). Needs Python 3.8 and nothing else.

As a command: WEBHOOK_SECRET="whsec_…" python3 verify.py ID TIMESTAMP SIGNATURE < body
"""

import base64
import binascii
import hashlib
import hmac
import os
import sys
import time

# A message that is older, or from further in the future, is somebody's repetition.
TOLERANCE_SECONDS = 300


def verify(secrets, message_id, timestamp, signatures, body, now=None):
    """Whether a message is genuine.

    `secrets`: the endpoint's secrets, more than one while they are being rotated. `message_id`,
    `timestamp` and `signatures` are the headers webhook-id, webhook-timestamp and webhook-signature;
    `body` is the bytes of the request, before anything has parsed them.
    """
    now = time.time() if now is None else now
    if not (timestamp.isascii() and timestamp.isdigit()):
        return False
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = [
        hmac.new(base64.b64decode(secret[len("whsec_"):]), signed, hashlib.sha256).digest()
        for secret in secrets
        if secret.startswith("whsec_")
    ]
    genuine = False
    for signature in signatures.split(" "):
        version, _, text = signature.partition(",")
        if version != "v1":
            continue
        try:
            given = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        for digest in expected:
            genuine |= hmac.compare_digest(digest, given)
    return genuine


if __name__ == "__main__":
    secrets = os.environ["WEBHOOK_SECRET"].split()
    genuine = verify(secrets, *sys.argv[1:4], sys.stdin.buffer.read())
    print("genuine" if genuine else "refused")
    sys.exit(0 if genuine else 1)

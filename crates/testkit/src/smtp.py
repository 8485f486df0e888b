"""A mail server for tests: keeps what it takes, and answers as its rules say.

Arguments: the folder, then options as JSON. The folder's `rules.json` says, for an address, at which
step of how many transactions (`times`) what is answered; `hang up` takes the message and says nothing.
"""

import asyncio
import base64
import json
import os
import ssl
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

folder, options = sys.argv[1], json.loads(sys.argv[2])
used = {}
kept = 0


def note(line):
    with open(os.path.join(folder, "asked.log"), "a", encoding="utf-8") as log:
        log.write(line + "\n")


def ruled(address, step):
    """The answer that a rule has for this step, as often as it says."""
    try:
        with open(os.path.join(folder, "rules.json"), encoding="utf-8") as file:
            rule = json.load(file).get(address)
    except FileNotFoundError:
        return None
    if not rule or rule["step"] != step or used.get(address, 0) >= rule["times"]:
        return None
    used[address] = used.get(address, 0) + 1
    return rule["answer"]


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        note("RCPT " + address)
        refused = ruled(address, "rcpt")
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global kept
        to = envelope.rcpt_tos[0]
        refused = ruled(to, "data")
        if refused:
            return refused
        kept += 1
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        body = {kind: parsed.get_body((kind,)) for kind in ("plain", "html")}
        message = {
            "headers": [[name, str(value)] for name, value in parsed.items()],
            "text": body["plain"].get_content() if body["plain"] else "",
            "html": body["html"].get_content() if body["html"] else "",
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "host": session.host_name,
            "tls": session.ssl is not None or options.get("implicit", False),
            "user": session.auth_data.login.decode() if session.auth_data else None,
            "data": base64.b64encode(envelope.content).decode(),
        }
        path = os.path.join(folder, "%06d.json" % kept)
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(message, file)
        os.rename(path + ".new", path)
        if ruled(to, "hang up"):
            server.transport.abort()
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    wanted = (options.get("user") or "").encode(), (options.get("password") or "").encode()
    good = isinstance(data, LoginPassword) and (data.login, data.password) == wanted
    return AuthResult(success=good, handled=False, auth_data=data if good else None)


async def main():
    tls = None
    if options.get("certificate"):
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(options["certificate"], options["key"])
    implicit = options.get("implicit", False)

    def protocol():
        return SMTP(
            Handler(),
            hostname="mail.example.net",
            tls_context=None if implicit else tls,
            require_starttls=tls is not None and not implicit,
            authenticator=authenticate if options.get("user") else None,
            auth_required=bool(options.get("user")),
            auth_require_tls=not implicit,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        protocol, "127.0.0.1", options.get("port", 0), ssl=tls if implicit else None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())

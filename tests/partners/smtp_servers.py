#!/usr/bin/python3
"""smtp_servers.py DIR: three SMTP servers on free ports of 127.0.0.1 with a certificate for localhost of an authority of
their own (DIR/ca.pem): one that takes mail only after STARTTLS and AUTH (user "watch@example.org", password "w:rd/ 1"), one
that knows neither, one that speaks TLS from the first byte and wants the same AUTH. Prints their ports. Each mail becomes
DIR/mail-N: a line of JSON with its envelope, then the mail. Serves until its standard input ends."""

import asyncio
import json
import logging
import os
import ssl
import subprocess
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

folder = sys.argv[1]
warnings.simplefilter("ignore")
logging.getLogger("mail").setLevel(logging.CRITICAL + 1)


def openssl(*words):
    subprocess.run(("openssl",) + words, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_certificates():
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for name in ("ca", "other"):
        openssl("req", "-x509", *key, "-keyout", name + ".key", "-out", name + ".pem", "-days", "30", "-subj", "/CN=" + name)
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    with open(os.path.join(folder, "server.ext"), "w") as file:
        file.write("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
            "server.pem", "-days", "30", "-extfile", "server.ext")


class Keep:
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        if address.startswith("busy@"):
            return "450 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        Keep.count += 1
        seen = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": bool(server.transport.get_extra_info("sslcontext")),
                "user": session.auth_data.login.decode() if session.auth_data else None}
        name = os.path.join(folder, "mail-%d" % Keep.count)
        with open(name + ".part", "wb") as file:
            file.write(json.dumps(seen).encode() + b"\n" + envelope.content)
        os.rename(name + ".part", name)
        return "250 taken"


def check(server, session, envelope, mechanism, data):
    right = data.login == b"watch@example.org" and data.password == b"w:rd/ 1"
    return AuthResult(success=right, handled=right, auth_data=data)


async def main():
    make_certificates()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(os.path.join(folder, "server.pem"), os.path.join(folder, "server.key"))
    careful = {"authenticator": check, "auth_required": True}
    kinds = [
        (lambda: SMTP(Keep(), tls_context=context, require_starttls=True, hostname="localhost", **careful), None),
        (lambda: SMTP(Keep(), hostname="localhost"), None),
        (lambda: SMTP(Keep(), hostname="localhost", auth_require_tls=False, **careful), context),
    ]
    loop = asyncio.get_running_loop()
    for factory, tls in kinds:
        server = await loop.create_server(factory, "127.0.0.1", 0, ssl=tls)
        print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())

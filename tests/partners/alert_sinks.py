#!/usr/bin/python3
"""alert_sinks.py DIR: one HTTP server on a free port of 127.0.0.1 that is as strict as the services it stands for, by what
they document: /slack, /discord, /ntfy/, /gotify/, /hc/. What it takes becomes a line of JSON in DIR/requests (path, headers,
body). The first message at /discord?busy and /slack?busy is one too many (429), the first two at /ntfy/ with the title
"fails twice" are answered 500 and 503; /hang never answers. Prints the port; serves until its standard input ends."""

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder = sys.argv[1]
seen = {}
lock = threading.Lock()


def units(text):
    return len(text.encode("utf-16-le")) // 2


def count(key):
    with lock:
        seen[key] = seen.get(key, 0) + 1
        return seen[key]


def slack(query, headers, body):
    message = json.loads(body)
    if not message.get("text") or any(set(a) - {"color", "fallback", "text", "fields", "ts"} for a in message["attachments"]):
        return 400, "invalid_payload", {}
    if query == "busy" and count("slack") == 1:
        return 429, "rate_limited", {"Retry-After": "1"}
    return 200, "ok", {}


def discord(query, headers, body):
    message = json.loads(body)
    embeds = message["embeds"]
    total = 0
    for embed in embeds:
        texts = [(embed["title"], 256), (embed["description"], 4096)]
        for field in embed["fields"]:
            texts += [(field["name"], 256), (field["value"], 1024)]
        total += sum(units(text) for text, _ in texts)
        if any(not text or units(text) > most for text, most in texts) or len(embed["fields"]) > 25:
            return 400, '{"embeds": ["0"]}', {}
    if len(embeds) > 10 or total > 6000 or not 1 <= len(message["username"]) <= 80:
        return 400, "{}", {}
    if query == "busy" and count("discord") == 1:
        return 429, '{"message": "You are being rate limited.", "retry_after": 0.5, "global": false}', {}
    return 204, "", {}


def ntfy(query, headers, body):
    message = json.loads(body)
    if headers.get("Authorization") != "Bearer tk_secret":
        return 403, '{"code":40301,"http":403,"error":"forbidden"}', {}
    if not message["topic"] or not 1 <= message["priority"] <= 5 or len(message["message"].encode()) > 4096:
        return 400, "{}", {}
    if message["title"] == "fails twice":
        tries = count("ntfy")
        if tries <= 2:
            return (500, 503)[tries - 1], "{}", {}
    return 200, "{}", {}


def gotify(query, headers, body):
    message = json.loads(body)
    if headers.get("X-Gotify-Key") != "Asecret":
        return 401, '{"error":"Unauthorized"}', {}
    if not message["message"] or not 0 <= message["priority"] <= 10:
        return 400, "{}", {}
    return 200, "{}", {}


def healthchecks(query, headers, body):
    return 200, "OK", {}


places = {"/slack": slack, "/discord": discord, "/ntfy/": ntfy, "/gotify/message": gotify, "/hc/uuid": healthchecks,
          "/hc/uuid/fail": healthchecks, "/hc/uuid/log": healthchecks}


class Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8")  # strict: broken UTF-8 is an error
        path, _, query = self.path.partition("?")
        if path == "/hang":
            time.sleep(60)
        status, text, headers = 404, "", {}
        if path in places:
            try:
                status, text, headers = places[path](query, self.headers, body)
            except (KeyError, ValueError, TypeError):
                status = 400
        with lock, open(os.path.join(folder, "requests"), "a") as file:
            file.write(json.dumps({"path": self.path, "status": status, "at": time.time(),
                                   "type": self.headers["Content-Type"], "body": body}) + "\n")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text) if status != 204 else 0))
        self.end_headers()
        if status != 204:
            self.wfile.write(text.encode())

    def log_message(self, *words):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
os._exit(0)

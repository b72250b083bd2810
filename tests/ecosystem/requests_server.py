# packages: requests==2.34.2 urllib3==2.8.0 idna==3.20 certifi==2026.10.19.post1 charset-normalizer==3.5.3
# keep: gainless
# skip: threshold2 nocache links gainless text
# compiled: checksum page Signed.__call__ Handler.do_GET stamp total
# A local server in a thread whose handlers are compiled, asked by compiled code; hooks, signatures, retries, errors.
import json
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util import Retry


def checksum(data):
    a = b = 0
    for byte in data:
        a = (a + byte) % 65521
        b = (b + a) % 65521
    return b << 16 | a


def page(number, size):
    return [{"id": number * size + i, "value": (number * 31 + i * 17) % 101} for i in range(size)]


class Signed(AuthBase):
    def __init__(self, key):
        self.key = key

    def __call__(self, request):
        text = request.method + request.path_url + self.key
        request.headers["X-Sum"] = str(checksum(text.encode()))
        return request


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    failures = 0

    def do_GET(self):
        expected = str(checksum(("GET" + self.path + "secret").encode()))
        path, _, query = self.path.partition("?")
        if path == "/page":
            if self.headers["X-Sum"] != expected:
                return self.reply(403, b"unsigned")
            return self.reply(200, json.dumps(page(int(query), 5)).encode(), "application/json")
        if path == "/move":
            return self.reply(302, b"", location="/echo?moved", cookie="seen=yes")
        if path == "/flaky":
            Handler.failures += 1
            return self.reply(503 if Handler.failures % 3 else 200, b"third time")
        if path == "/stream":
            return self.reply(200, bytes(i * i % 256 for i in range(20_000)))
        if path == "/broken":
            return self.reply(200, b'{"a": [1, 2', "application/json")
        return self.reply(200, f"{query} {self.headers.get('Cookie')}".encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.reply(201, str(checksum(body)).encode())

    def reply(self, status, body, kind="text/plain; charset=utf-8", location=None, cookie=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def stamp(response, *args, **kwargs):
    response.stamp = len(response.content) + response.status_code
    if response.status_code == 403:
        raise PermissionError(response.text)
    return response


def total(session, base, pages):
    result = 0
    for number in range(pages):
        for entry in session.get(f"{base}/page?{number}").json():
            result += entry["id"] * entry["value"]
    return result


def caught(what, function, *args, **kwargs):
    try:
        print(what, function(*args, **kwargs))
    except (requests.ConnectionError, requests.exceptions.RetryError) as error:
        print(what, type(error).__name__)  # The text has the port.
    except Exception as error:
        print(what, type(error).__name__, error)


def ask(server):
    base = f"http://127.0.0.1:{server.server_port}"
    session = requests.Session()
    session.trust_env = False
    session.auth = Signed("secret")
    session.hooks["response"].append(stamp)
    print(total(session, base, 450))
    moved = session.get(f"{base}/move")
    print(moved.text, [r.status_code for r in moved.history], moved.stamp, session.cookies.get_dict())

    body = bytes(i * 7 % 256 for i in range(5_000))
    for data in body, {"a": "b c"}, "text":
        print(session.post(base, data=data).text)
    print(session.post(base, files={"f": ("name", b"x" * 100)}).status_code)
    whole = 0
    with session.get(f"{base}/stream", stream=True) as response:
        for chunk in response.iter_content(1000):
            whole ^= checksum(chunk)
    print(whole, checksum(response.content))

    session.mount("http://", HTTPAdapter(max_retries=Retry(4, status_forcelist=[503], backoff_factor=0)))
    print(session.get(f"{base}/flaky").text, Handler.failures)
    session.mount("http://", HTTPAdapter(max_retries=Retry(1, status_forcelist=[503], backoff_factor=0)))
    caught("retries", lambda: session.get(f"{base}/flaky").text)
    caught("json", lambda: session.get(f"{base}/broken").json())
    caught("unsigned", session.get, f"{base}/page?1", auth=Signed("guess"))
    caught("checksum of str", checksum, "text")
    caught("no scheme", session.get, "nowhere")
    caught("refused", session.get, "http://127.0.0.1:1/")
    plain = requests.Response()
    plain.status_code, plain.reason, plain.url = 404, "Gone", "here"
    caught("status", plain.raise_for_status)
    session.hooks["response"].append(lambda response, **kwargs: 1 // 0)
    try:
        session.get(f"{base}/echo?last")
    except ZeroDivisionError:
        traceback.print_exc()


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        ask(server)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


main()

#!/usr/bin/env python3
"""A small DM server that keeps the HTTP binding, for the tests of `dmscope probe`: HTTP/1.1 with chunked requests,
syncml:auth-md5, WBXML by libwbxml's tools, 406 for other character sets.

    dm_server.py PORT USER PASSWORD [CERT KEY]
"""
import base64, hashlib, os, re, ssl, subprocess, sys, tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, USER, PASSWORD = int(sys.argv[1]), sys.argv[2], sys.argv[3]
NONCES = []
XML, WBXML = "application/vnd.syncml.dm+xml", "application/vnd.syncml.dm+wbxml"


def b64(octets): return base64.b64encode(octets).decode()


def proof(nonce):
    secret = base64.b64encode(hashlib.md5(f"{USER}:{PASSWORD}".encode()).digest())
    return b64(hashlib.md5(secret + b":" + nonce).digest())


def convert(tool, octets):
    with tempfile.NamedTemporaryFile() as source, tempfile.NamedTemporaryFile() as target:
        source.write(octets)
        source.flush()
        subprocess.run([tool, "-o", target.name, source.name], check=True, capture_output=True)
        return target.read()


def answer(request):
    found = lambda name: (re.search(f"<{name}[^>]*>(?:\\s*<LocURI>)?([^<]*)<", request) or [None, ""])[1]
    known = any(proof(nonce) in request for nonce in NONCES)
    code = "212" if known else "407"
    if not known: NONCES.append(os.urandom(16))
    chal = "" if known else (
        '<Chal><Meta><Format xmlns="syncml:metinf">b64</Format><Type xmlns="syncml:metinf">syncml:auth-md5</Type>'
        f'<NextNonce xmlns="syncml:metinf">{b64(NONCES[-1])}</NextNonce></Meta></Chal>')
    status = lambda number, ref, name, chal, data: (
        f"<Status><CmdID>{number}</CmdID><MsgRef>1</MsgRef><CmdRef>{ref}</CmdRef><Cmd>{name}</Cmd>{chal}<Data>{data}</Data>"
        "</Status>")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD SyncML 1.2//EN" "http://www.openmobilealliance.org/tech/DTD/OMA-TS-SyncML_RepPro_DTD-V1_2.dtd">'
        '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>'
        f"<SessionID>{found('SessionID')}</SessionID><MsgID>1</MsgID><Target><LocURI>{found('Source')}</LocURI></Target>"
        f"<Source><LocURI>{found('Target')}</LocURI></Source></SyncHdr><SyncBody>"
        + status(1, 0, "SyncHdr", chal, code) + status(2, 1, "Alert", "", "200" if known else "407")
        + "<Final/></SyncBody></SyncML>")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Example-DM-Server/1", ""

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        octets = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            octets += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return octets

    def reply(self, code, body=b"", **fields):
        self.send_response(code)
        self.send_header("Cache-Control", "private, no-store")
        for name, value in fields.items(): self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        octets = self.body()
        if "utf-8" not in re.sub(r"utf-8 *; *q=0\b", "", self.headers.get("Accept-Charset", "utf-8").lower()):
            return self.reply(406)
        if self.headers.get("Content-Type") == WBXML: octets = convert("wbxml2xml", octets)
        message = answer(octets.decode()).encode()
        wanted = self.headers.get("Accept", XML)
        if XML not in wanted and WBXML in wanted:
            return self.reply(200, convert("xml2wbxml", message), Content_Type=WBXML)
        self.reply(200, message, Content_Type=XML)

    def do_GET(self): self.reply(405, Allow="POST, OPTIONS")
    do_HEAD = do_GET

    def do_OPTIONS(self): self.reply(200, Allow="POST, OPTIONS")

    def log_message(self, form, *words): print(form % words, flush=True)


server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
if len(sys.argv) > 4:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4], sys.argv[5])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()

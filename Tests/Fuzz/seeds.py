#!/usr/bin/env python3
"""Makes the seeds of every fuzz target: Tests/Fuzz/seeds.py DIRECTORY

Most come from the sample captures and their messages; the rest stands here. Needs Python 3.9 and nothing else.
"""
import glob, gzip, os, struct, sys

HERE = os.path.dirname(os.path.abspath(__file__))
CAPTURES = os.path.join(HERE, "..", "..", "captures")
MESSAGES = os.path.join(CAPTURES, "generate", "messages")
# The link types in the order of PacketTarget.links.
LINKS = [1, 0, 6, 9, 10, 12, 14, 50, 51, 100, 101, 104, 105, 107, 108, 113, 119, 127, 129, 163, 166, 192, 204, 205, 206,
         226, 228, 229, 239, 253, 258, 276]

CONVERSATIONS = {
    "chunked": (b"POST /dm HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
                b"HTTP/1.1 100 Continue\r\n\r\n",
                b"5;x=\"y\"\r\nhello\r\n0\r\nContent-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\n\r\n",
                b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
    "pipelined": (b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.0\r\n\r\n",
                  b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.0 200 OK\r\n\r\nuntil the close"),
    "connect": (b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"\x16\x03\x01\x00\x01\x00",
                b"\x15\x03\x01\x00\x02\x02\x28"),
    "upgrade": (b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi"),
    "fields": (b"OPTIONS * HTTP/1.1\nHost: a\n folded\nAccept: text/*;q=0.5, */*;q=0\nAccept-Charset: utf-8\n"
               b"Date: Sun, 06 Nov 1994 08:49:37 GMT\nCache-Control: no-store, max-age=3\n"
               b"Authorization: Digest username=\"a\", realm=\"b\", nonce=\"c\", qop=auth, nc=00000001\n"
               b"x-syncml-hmac: algorithm=MD5, username=\"a\", mac=Dgpoz+Pbak62S2QeLtUnmw==\n\n",
               b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"a\", Digest realm=\"b\", nonce=\"c\"\r\n"
               b"Retry-After: Sunday, 06-Nov-94 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n"),
}
DOCUMENTS = {
    "namespaces": "<s:SyncML xmlns:s='SYNCML:SYNCML1.2'><s:SyncHdr/><Data a='&lt;&#10;x'>]]&gt;</Data></s:SyncML>",
    "cdata": "<?xml version='1.0' encoding='UTF-8'?><!-- c --><Data>a<![CDATA[<b>&]]]]>c<?q r?>&#x1F600;</Data><?z?>",
    "doctype": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;&amp;</a>",
    "latin1": "<?xml version='1.0' encoding='iso-8859-1'?><a b='c'>\u00e9</a>",
    "nested": "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Results><Item><Meta><Type xmlns='syncml:metinf'>"
              "application/vnd.syncml-devinf+xml</Type></Meta><Data><DevInf xmlns='syncml:devinf'><VerDTD>1.2</VerDTD>"
              "</DevInf></Data></Item></Results><Final/></SyncBody></SyncML>",
    "damaged": "<Data>a & b<c></Data>",
}
FILTERS = ["~u example & ~c 401", "!(~cmd Get | ~cmd Replace) ~level MUST", "~hq \"user-agent: .*\" | ~status 500",
           "~uri '\\./DevInfo/(?:Man|Mod)' ~dev imei:[0-9]{15}", "~finding http-.*", "~b a+?[^b]\\d{2,3}$ ~sid 1"]


def seed(target, name, octets):
    directory = os.path.join(sys.argv[1], target)
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, name), "wb") as file:
        file.write(octets)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def frames(octets):
    """(link type, frame) of every packet in a pcap or pcapng file."""
    if octets[:4] != b"\x0a\x0d\x0d\x0a":
        order = ">" if octets[0] == 0xA1 else "<"
        link, at = struct.unpack_from(order + "I", octets, 20)[0], 24
        while at + 16 <= len(octets):
            count = struct.unpack_from(order + "I", octets, at + 8)[0]
            yield link, octets[at + 16:at + 16 + count]
            at += 16 + count
        return
    at, order, links = 0, "<", []
    while at + 12 <= len(octets):
        if octets[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order, links = ("<" if octets[at + 8] == 0x4D else ">"), []
        kind, length = struct.unpack_from(order + "II", octets, at)
        if kind == 1:
            links.append(struct.unpack_from(order + "H", octets, at + 8)[0])
        elif kind == 6:
            interface, _, _, count = struct.unpack_from(order + "IIII", octets, at + 8)
            yield links[interface], octets[at + 28:at + 28 + count]
        at += length


def payloads(packets):
    """(protocol, ports, payload) of IPv4 over Ethernet."""
    for link, frame in packets:
        if link != 1 or frame[12:14] != b"\x08\x00":
            continue
        packet = frame[14:14 + struct.unpack_from(">H", frame, 16)[0]]
        header = (packet[0] & 15) * 4
        protocol, segment = packet[9], packet[header:]
        if protocol == 6 and len(segment) >= 20:
            yield protocol, struct.unpack_from(">HH", segment), segment[(segment[12] >> 4) * 4:]
        elif protocol == 17 and len(segment) >= 8:
            yield protocol, struct.unpack_from(">HH", segment), segment[8:]


def conversation(turns, options=0):
    return bytes([options]) + b"\xfe\x00".join(turn.replace(b"\xfe", b"\xfe\xfe") for turn in turns)


def connections(packets):
    """The octets of each TCP connection as turns, the client's first."""
    found = {}
    for protocol, (source, target), payload in payloads(packets):
        if protocol != 6 or not payload:
            continue
        client = (target, source) not in found
        turns = found.setdefault((source, target) if client else (target, source), [])
        if len(turns) % 2 == (0 if client else 1):
            turns.append(b"")
        turns[-1] += payload
    return list(found.values())


def main():
    for name, turns in CONVERSATIONS.items():
        for target in "http", "inspect":
            seed(target, name, conversation(turns))
    for name, text in DOCUMENTS.items():
        octets = text.encode("latin-1" if name == "latin1" else "utf-8")
        seed("xml", name, octets)
        seed("syncml", name, octets)
    for number, expression in enumerate(FILTERS):
        seed("filter", f"expression-{number}", expression.encode())
    log = read(os.path.join(HERE, "records.ndjson"))
    for number, line in enumerate(log.splitlines(keepends=True)):
        seed("records", f"line-{number}", line)
    for path in glob.glob(os.path.join(MESSAGES, "*.*ml")):
        name = os.path.basename(path)
        seed(name.rpartition(".")[2], name, read(path))
        seed("syncml", name, read(path))
    for path in sorted(glob.glob(os.path.join(CAPTURES, "*.pcap*"))):
        name = os.path.basename(path)
        if not name.endswith((".pcap", ".pcapng", ".gz")):
            continue
        stored = read(path)
        if len(stored) <= 12_000:
            seed("capture", name, stored)
            seed("replay", name, stored)
        packets = list(frames(gzip.decompress(stored) if name.endswith(".gz") else stored))
        part, number = b"\0", 0
        for link, frame in packets:
            one = bytes([LINKS.index(link), 0]) + struct.pack(">H", len(frame)) + frame
            if len(part) + len(one) > 3000:
                seed("packets", f"{name}-{number}", part)
                part, number = b"\0", number + 1
            part += one
        seed("packets", f"{name}-{number}", part)
        for number, turns in enumerate(connections(packets)):
            isTLS = turns[0][:1] == b"\x16"
            for target in ["tls"] if isTLS else ["http", "inspect"]:
                seed(target, f"{name}-{number}", conversation(turns)[:8000])
            for turn, octets in enumerate(turns if isTLS else []):
                if octets[:1] == b"\x16":
                    seed("tls", f"{name}-{number}-body-{turn}", b"\0" + octets[9:5 + struct.unpack_from(">H", octets, 3)[0]])
        for number, (protocol, _, payload) in enumerate(payloads(packets)):
            if protocol == 17 and name.startswith("package-zero"):
                seed("syncml", f"{name}-{number}", payload)


main()

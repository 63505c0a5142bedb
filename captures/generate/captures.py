#!/usr/bin/env python3
"""Makes the sample captures: one DM session in many wrappings, with what a reader should find in each.

    captures/generate/captures.py [NAME…]       (all without a NAME)

Needs Python 3.9 and nothing else. The DM messages are those of `messages/`; TLS connections are the recorded ones of
Tests/TLSDecryptionTests/Sessions (tls_sessions.py). The same program gives the same octets every time.

Beside each capture stands NAME.expected, written from what was put in, not from what any reader found:

    flow CLIENT > SERVER         a connection, in the order in which they begin
    tls VERSION SUITE            what its TLS session agreed on
    > COUNT CRC32                octets to the server, and back, TLS removed; missing octets are counted as zeros
    < COUNT CRC32
    missing > COUNT              octets that the capture does not hold
    end REASON
    datagram FROM > TO HEX       a UDP datagram
"""
import base64, gzip, hashlib, os, struct, sys, zlib

import tls11

HERE = os.path.dirname(os.path.abspath(__file__))
CAPTURES = os.path.dirname(HERE)
SESSIONS = os.path.join(CAPTURES, "..", "Tests", "TLSDecryptionTests", "Sessions")
START = 1331028000 * 10**9  # 2012-03-06T10:00:00Z, in nanoseconds


# MARK: - Messages

def message(name):
    with open(os.path.join(HERE, "messages", name), "rb") as file:
        return file.read()


def exchanges(kind="wbxml"):
    """A DM session of two packages each way, as HTTP messages."""
    pairs = []
    for number in (1, 2):
        body = message(f"{number}-request.{kind}")
        request = (f"POST /dm{'?s=A3F' if number == 2 else ''} HTTP/1.1\r\nHost: dm.example.com\r\n"
                   f"User-Agent: Example DM Client/1.0\r\nCache-Control: no-store\r\nAccept: application/vnd.syncml.dm+{kind}\r\n"
                   f"Accept-Charset: UTF-8\r\nContent-Type: application/vnd.syncml.dm+{kind}\r\n"
                   f"Content-Length: {len(body)}\r\n\r\n").encode() + body
        body = message(f"{number}-response.{kind}")
        response = ("HTTP/1.1 200 OK\r\nServer: Example DM Server\r\nCache-Control: no-store\r\n"
                    f"Content-Type: application/vnd.syncml.dm+{kind}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
        pairs.append((request, response))
    return pairs


# MARK: - Packets

def ipv4(protocol, payload, source, target, identification=0, fragment=0, options=b""):
    head = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(options) + len(payload), identification, fragment,
                       64, protocol, 0) + source + target + options
    total = sum(struct.unpack(f"!{len(head) // 2}H", head))
    total = (total & 0xFFFF) + (total >> 16)
    return head[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF) + head[12:] + payload


def ipv6(protocol, payload, source, target):
    return struct.pack("!IHBB", 0x60000000, len(payload), protocol, 64) + source + target + payload


def ip(protocol, payload, source, target):
    return (ipv4 if len(source) == 4 else ipv6)(protocol, payload, source, target)


def udp(source, target, payload):
    return struct.pack("!HHHH", source, target, 8 + len(payload), 0) + payload


def text(address):
    if len(address) == 4:
        return ".".join(map(str, address))
    groups = [f"{high << 8 | low:x}" for high, low in zip(address[::2], address[1::2])]
    return "[2001:db8::" + groups[7] + "]"  # all addresses here are 2001:db8::N


CLIENT, SERVER = bytes([192, 0, 2, 10]), bytes([198, 51, 100, 5])
CLIENT6 = bytes.fromhex("20010db8000000000000000000000010")
SERVER6 = bytes.fromhex("20010db8000000000000000000000005")
FIN, SYN, RST, ACK, PSH = 1, 2, 4, 16, 8


class Connection:
    """A TCP connection: its packets, and what was sent in them."""

    def __init__(self, port, server_port=80, addresses=(CLIENT, SERVER), starts=(1000, 900000), mss=400, tls=None):
        self.ends = (addresses[0], port), (addresses[1], server_port)
        self.next = list(starts)
        self.sent = [b"", b""]
        self.missing = [0, 0]
        self.mss = mss
        self.tls = tls
        self.reason = "open"
        self.packets = []

    def packet(self, side, flags, data=b"", number=None):
        (address, port), (other, other_port) = self.ends[side], self.ends[1 - side]
        number = self.next[side] if number is None else number
        head = struct.pack("!HHIIBBHHH", port, other_port, number & 0xFFFFFFFF,
                           self.next[1 - side] & 0xFFFFFFFF if flags & ACK else 0, 0x50, flags, 65535, 0, 0)
        self.packets.append((side, ip(6, head + data, address, other)))
        return self

    def open(self):
        self.packet(0, SYN)
        self.next[0] += 1
        self.packet(1, SYN | ACK)
        self.next[1] += 1
        return self.packet(0, ACK)

    def send(self, side, data, plain=None):
        """`plain` is what stands for the octets when TLS is removed."""
        self.sent[side] += data if plain is None else plain
        for at in range(0, len(data), self.mss):
            part = data[at:at + self.mss]
            self.packet(side, ACK | PSH, part)
            self.next[side] += len(part)
        return self.packet(1 - side, ACK)

    def talk(self, pairs):
        for request, response in pairs:
            self.send(0, request).send(1, response)
        return self

    def close(self, side=0):
        self.packet(side, FIN | ACK)
        self.next[side] += 1
        self.packet(1 - side, FIN | ACK)
        self.next[1 - side] += 1
        self.reason = ("client-fin", "server-fin")[side]
        return self.packet(side, ACK)

    def expected(self):
        (client, client_port), (server, server_port) = self.ends
        lines = [f"flow {text(client)}:{client_port} > {text(server)}:{server_port}"]
        if self.tls:
            lines.append(f"tls {self.tls}")
        for mark, octets, missing in zip("><", self.sent, self.missing):
            if octets:
                lines.append(f"{mark} {len(octets)} {zlib.crc32(octets):08x}")
            if missing:
                lines.append(f"missing {mark} {missing}")
        return lines + [f"end {self.reason}"]


def dm(port=40000, kind="wbxml", **options):
    return Connection(port, **options).open().talk(exchanges(kind)).close()


# MARK: - Wrappings

MACS = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")


def ether_type(packet):
    return 0x0800 if packet[0] >> 4 == 4 else 0x86DD


def ethernet(side, packet, type=None):
    return MACS[1 - side] + MACS[side] + struct.pack("!H", type or ether_type(packet)) + packet


def llc(packet):
    return bytes.fromhex("aaaa03000000") + struct.pack("!H", ether_type(packet)) + packet


def wireless(side, packet):
    return bytes.fromhex("0801000002000000000302000000000102000000000210 00".replace(" ", "")) + llc(packet)


#: Link type number and wrapping of each link layer.
LINKS = [
    ("ethernet", 1, ethernet),
    ("null", 0, lambda side, packet: struct.pack("<I", 2) + packet),
    ("loop", 108, lambda side, packet: struct.pack("!I", 2) + packet),
    ("raw", 101, lambda side, packet: packet),
    ("cooked", 113, lambda side, packet: struct.pack("!HHHQH", 4 * (1 - side), 1, 6, 0x0200000000010000, 0x0800) + packet),
    ("cooked-2", 276, lambda side, packet: struct.pack("!HHIHBBQ", 0x0800, 0, 1, 1, 4 * (1 - side), 6, 0x0200000000010000) + packet),
    ("ppp", 9, lambda side, packet: bytes.fromhex("ff030021") + packet),
    ("hdlc", 104, lambda side, packet: bytes.fromhex("0f000800") + packet),
    ("frame-relay", 107, lambda side, packet: bytes.fromhex("184103cc") + packet),
    ("802.11", 105, wireless),
    ("radiotap", 127, lambda side, packet: bytes.fromhex("0000080000000000") + wireless(side, packet)),
    ("llc", 1, lambda side, packet: ethernet(side, llc(packet), type=8 + len(packet))),
    ("vlan", 1, lambda side, packet: ethernet(side, struct.pack("!HH", 100 + side, 0x0800) + packet, type=0x8100)),
    ("qinq", 1, lambda side, packet: ethernet(side, struct.pack("!HHHH", 7, 0x8100, 100, 0x0800) + packet, type=0x88A8)),
    ("mpls", 1, lambda side, packet: ethernet(side, struct.pack("!II", 16 + side << 12 | 64, 99 << 12 | 0x140) + packet, type=0x8847)),
    ("pppoe", 1, lambda side, packet: ethernet(side, struct.pack("!BBHHH", 0x11, 0, 5, len(packet) + 2, 0x0021) + packet, type=0x8864)),
]


def outer(protocol, wrap):
    """A tunnel between two gateways."""
    gateways = bytes([203, 0, 113, 1]), bytes([203, 0, 113, 2])
    return lambda side, packet: ethernet(side, ipv4(protocol, wrap(side, packet), gateways[side], gateways[1 - side]))


def in_udp(port, wrap):
    return outer(17, lambda side, packet: udp(port, port, wrap(side, packet)))


TUNNELS = [
    ("gre", outer(47, lambda side, packet: struct.pack("!HH", 0, ether_type(packet)) + packet)),
    ("gre-key", outer(47, lambda side, packet: struct.pack("!HHII", 0x3000, ether_type(packet), 77 + side, 1) + packet)),
    ("gre-ethernet", outer(47, lambda side, packet: struct.pack("!HHI", 0x2000, 0x6558, 256) + ethernet(side, packet))),
    ("erspan", outer(47, lambda side, packet: struct.pack("!HHIII", 0x1000, 0x88BE, 1, 0x10000000, 0) + ethernet(side, packet))),
    ("pptp", outer(47, lambda side, packet: struct.pack("!HHHHI", 0x3001, 0x880B, 4 + len(packet), 5 + side, 1) + bytes.fromhex("ff030021") + packet)),
    ("ip-in-ip", outer(4, lambda side, packet: packet)),
    ("gtp-u", in_udp(2152, lambda side, packet: struct.pack("!BBHI", 0x30, 255, len(packet), 9000 + side) + packet)),
    ("gtp-u-5g", in_udp(2152, lambda side, packet: struct.pack("!BBHIHBB", 0x34, 255, len(packet) + 8, 9000 + side, 0, 0, 0x85) + bytes.fromhex("01000900") + packet)),
    ("vxlan", in_udp(4789, lambda side, packet: struct.pack("!II", 0x08000000, 5 << 8) + ethernet(side, packet))),
    ("geneve", in_udp(6081, lambda side, packet: struct.pack("!HHII", 0x0100, 0x6558, 5 << 8, 0) + ethernet(side, packet))),
    ("l2tp", in_udp(1701, lambda side, packet: struct.pack("!HHH", 0x0002, 3 + side, 4) + bytes.fromhex("ff030021") + packet)),
]


# MARK: - Files

def clock(packets, step=250_000):
    """Numbers packets with times: (time, frame, octets on the wire)."""
    return [(START + index * step, frame, len(frame)) for index, frame in enumerate(packets)]


def pcap(packets, link=1, order="<", nanoseconds=False):
    file = struct.pack(order + "IHHIIII", 0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)
    for time, frame, length in packets:
        fraction = time % 10**9 // (1 if nanoseconds else 1000)
        file += struct.pack(order + "IIII", time // 10**9, fraction, len(frame), length) + frame
    return file


class Section:
    """A section of a pcapng file."""

    def __init__(self, order="<"):
        self.order = order
        self.file = b""
        self.block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))

    def block(self, type, body):
        body += bytes(-len(body) % 4)
        length = struct.pack(self.order + "I", 12 + len(body))
        self.file += struct.pack(self.order + "I", type) + length + body + length
        return self

    def interface(self, link, resolution=6, offset=0):
        return self.block(1, struct.pack(self.order + "HHIHHB3xHHqHH", link, 0, 0, 9, 1, resolution, 14, 8, offset, 0, 0))

    def secrets(self, text):
        return self.block(10, struct.pack(self.order + "II", 0x544C534B, len(text)) + text.encode())

    def packet(self, interface, ticks, frame):
        return self.block(6, struct.pack(self.order + "IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)) + frame)


def frames(connection, wrap=ethernet):
    return [wrap(side, packet) for side, packet in connection.packets]


def one(connection, wrap=ethernet, link=1, **options):
    """A capture of one connection."""
    return pcap(clock(frames(connection, wrap)), link, **options), connection.expected()


# MARK: - Captures

def links():
    """The session over every link layer, all in one file with an interface each."""
    section = Section()
    expected, packets = [], []
    for index, (_, link, wrap) in enumerate(LINKS):
        section.interface(link)
        connection = dm(40000 + index)
        expected += connection.expected()
        packets += [(index, frame) for frame in frames(connection, wrap)]
    for number, (index, frame) in enumerate(packets):
        section.packet(index, START // 1000 + number, frame)
    return section.file, expected


def tunnels():
    """The session through every tunnel; and IPv6 in IPv4, and with Teredo."""
    wrappings = [(wrap, (CLIENT, SERVER)) for _, wrap in TUNNELS]
    wrappings.append((outer(41, lambda side, packet: packet), (CLIENT6, SERVER6)))
    wrappings.append((in_udp(3544, lambda side, packet: bytes.fromhex("0000f227ac1d8f10") + packet), (CLIENT6, SERVER6)))
    packets, expected = [], []
    for index, (wrap, addresses) in enumerate(wrappings):
        connection = dm(41000 + index, addresses=addresses)
        expected += connection.expected()
        packets += frames(connection, wrap)
    return pcap(clock(packets)), expected


def fragments():
    """IPv4 and IPv6 packets in fragments of 160 octets, the last one first."""
    packets, expected = [], []
    for index, addresses in enumerate([(CLIENT, SERVER), (CLIENT6, SERVER6)]):
        connection = dm(42000 + index, addresses=addresses)
        expected += connection.expected()
        for number, (side, packet) in enumerate(connection.packets):
            head = 20 if index == 0 else 40
            payload, pieces = packet[head:], []
            for at in range(0, len(payload), 160):
                part, more = payload[at:at + 160], at + 160 < len(payload)
                if index == 0:
                    pieces.append(ipv4(6, part, packet[12:16], packet[16:20], number + 1, at // 8 | (0x2000 if more else 0)))
                else:
                    pieces.append(ipv6(44, struct.pack("!BBHI", 6, 0, at | more, number + 1) + part, packet[8:24], packet[24:40]))
            packets += [ethernet(side, piece) for piece in reversed(pieces)]
    return pcap(clock(packets)), expected


def impaired():
    """Out of order, repeated, overlapping and kept alive: nothing is missing. Both sequence spaces wrap."""
    connection = Connection(43000, starts=(0xFFFFFF80, 0xFFFFFE00), mss=100).open().talk(exchanges("xml"))
    head, body = connection.packets[:3], connection.packets[3:]
    mixed = []
    for at in range(0, len(body), 5):
        group = body[at:at + 5]
        data = [entry for entry in group if len(entry[1]) > 40]
        acks = [entry for entry in group if len(entry[1]) <= 40]
        mixed += data[::-1] + data[:1] + acks
    connection.packets = head + mixed
    # A keep-alive, and a repetition that begins before and ends after what is known.
    connection.packet(0, ACK, b"\0", connection.next[0] - 1)
    connection.packet(0, ACK | PSH, connection.sent[0][-50:], connection.next[0] - 50)
    connection.close(1)
    return one(connection)


def lossy():
    """Two segments of a response are missing, and acknowledged."""
    connection = dm(44000, "xml", mss=200)
    # Of the first response, the third and the fourth segment.
    responses = [index for index, (side, packet) in enumerate(connection.packets) if side == 1 and len(packet) > 40]
    lost = responses[2:4]
    sizes = [len(connection.packets[index][1]) - 40 for index in lost]
    start = sum(len(connection.packets[index][1]) - 40 for index in responses[:2])
    connection.packets = [entry for index, entry in enumerate(connection.packets) if index not in lost]
    sent = connection.sent[1]
    connection.sent[1] = sent[:start] + bytes(sum(sizes)) + sent[start + sum(sizes):]
    connection.missing[1] = sum(sizes)
    return one(connection)


def joined_late():
    """The capture begins between the two exchanges, and the client has the lower port."""
    connection = Connection(612, 8080).open()
    first, second = exchanges()
    connection.talk([first])
    connection.packets, connection.sent = [], [b"", b""]
    return one(connection.talk([second]).close())


def one_after_the_other():
    """All packets of the client, then all of the server."""
    connection = dm(45000)
    connection.packets.sort(key=lambda entry: entry[0])
    return one(connection)


def cut():
    """A snapshot length of 300 octets."""
    connection = Connection(46000, mss=1000).open()
    lengths = [[], []]
    for request, response in exchanges("xml"):
        for side, data in enumerate((request, response)):
            connection.send(side, data)
            for at in range(0, len(data), 1000):
                lengths[side].append(len(data[at:at + 1000]))
    connection.close()
    for side in (0, 1):
        octets, at = b"", 0
        for length in lengths[side]:
            kept = min(length, 300 - 54)
            octets += connection.sent[side][at:at + kept] + bytes(length - kept)
            connection.missing[side] += length - kept
            at += length
        connection.sent[side] = octets
    packets = [(time, frame[:300], length) for time, frame, length in clock(frames(connection))]
    return pcap(packets), connection.expected()


def sections():
    """Two sections in different byte orders and resolutions, the second with seconds added."""
    first, second = dm(47000), dm(47001)
    big = Section(">").interface(101, resolution=9)
    for index, (side, packet) in enumerate(first.packets):
        big.packet(0, START + index * 1000, packet)
    little = Section("<").interface(1, resolution=0x80 | 20, offset=START // 10**9)
    for index, frame in enumerate(frames(second)):
        little.packet(0, (1 << 20) + index, frame)
    return big.file + little.file, first.expected() + second.expected()


def package_zero():
    """A notification as a WAP push, and the session that it asked for."""
    push = bytes.fromhex("010603c4af87f5dc3ad6d5c5aeac9aa5563606ef510502d80000000a3f0c6d676d742e6578616d706c65")
    connection = dm(48000)
    packets = [ethernet(1, ipv4(17, udp(9200, 2948, push), SERVER, CLIENT))] + frames(connection)
    expected = [f"datagram {text(SERVER)}:9200 > {text(CLIENT)}:2948 {push.hex()}"]
    return pcap(clock(packets)), expected + connection.expected()


# MARK: - TLS

def session(name):
    """A recorded session: facts, key log lines, connections of (side, octets), and what was sent in all of them."""
    facts, keylog, connections, sent = {}, [], [], []
    with open(os.path.join(SESSIONS, name + ".session")) as file:
        for line in file:
            word, _, rest = line.rstrip("\n").partition(" ")
            if word == "keylog":
                keylog.append(rest)
            elif word == "connection":
                connections.append([])
                sent.append([b"", b""])
            elif word in (">", "<"):
                connections[-1].append(("><".index(word), bytes.fromhex(rest)))
            elif word == "sent":
                mark, _, digits = rest.partition(" ")
                sent[-1]["><".index(mark)] += bytes.fromhex(digits)
            else:
                facts[word] = rest
    return facts, "".join(line + "\n" for line in keylog), connections, sent


def tls_connections(name, port, connect=False, leaves=0):
    """`leaves`: the side whose close_notify comes first, and which so ends the connection. FIN is the client's first."""
    facts, keylog, records, sent = session(name)
    result = []
    for index, (octets, plain) in enumerate(zip(records, sent)):
        connection = Connection(port + index, 8080 if connect else 443, tls=f"{facts['version']} {facts['suite']}").open()
        if connect:
            connection.send(0, b"CONNECT dm.example.com:443 HTTP/1.1\r\nHost: dm.example.com:443\r\n\r\n")
            connection.send(1, b"HTTP/1.1 200 Connection established\r\n\r\n")
        for side, data in octets:
            connection.send(side, data, b"")
        for side in (0, 1):
            connection.sent[side] += plain[side]
        result.append(connection.close())
        connection.reason = ("client-fin", "server-fin")[leaves]
    return result, keylog


def tls(name, secrets=True, **options):
    def make():
        connections, keylog = tls_connections(name, 49000, **options)
        section = Section()
        if secrets:
            section.secrets(keylog)
        section.interface(1)
        number, expected = 0, []
        for connection in connections:
            expected += connection.expected()
            for frame in frames(connection):
                section.packet(0, START // 1000 + number, frame)
                number += 1
        return section.file, expected
    make.__doc__ = f"The session {name}, {'its key log in the file' if secrets else 'without its keys'}."
    return make


# MARK: - Conformance

def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def http(start, headers, body=b"", chunks=None):
    """A message; with `chunks` its body goes in chunks of that many octets."""
    lines = [start] + [f"{name}: {value}" for name, value in headers]
    if chunks:
        lines.append("Transfer-Encoding: chunked")
        pieces = [body[at:at + chunks] for at in range(0, len(body), chunks)]
        body = b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"
    else:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines + ["", ""]).encode() + body


def conforming():
    """A session without findings, over TLS 1.1 with a pre-shared key: HTTP Digest with a challenge, its nonce replaced by
    nextnonce; chunked and compressed responses."""
    host, user, password, realm = "dm.example.com", "device", "secret", "dm"
    key = bytes.fromhex("000102030405060708090a0b0c0d0e0f")
    session = tls11.Session("device-1", key, host)
    connection = Connection(50000, 443, tls=f"TLS 1.1 {tls11.NAME}").open()
    for side, octets in session.records:
        connection.send(side, octets, b"")

    def digest(path, nonce):
        answer = md5(f"{md5(f'{user}:{realm}:{password}')}:{nonce}:{md5(f'POST:{path}')}")
        return f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{path}", response="{answer}"'

    def text(name):
        return message(name).replace(b"http://dm", b"https://dm")

    def request(number, nonce=None):
        path = f"/dm{'?s=A3F' if number == 2 else ''}"
        headers = [("Host", host), ("User-Agent", "Example DM Client/1.0"), ("Cache-Control", "no-store, private"),
                   ("Accept", "application/vnd.syncml.dm+xml"), ("Accept-Charset", "UTF-8"), ("Accept-Encoding", "gzip"),
                   ("Content-Type", "application/vnd.syncml.dm+xml")]
        if nonce:
            headers.append(("Authorization", digest(path, nonce)))
        return http(f"POST {path} HTTP/1.1", headers, text(f"{number}-request.xml"))

    def answer(number, headers=()):
        body = gzip.compress(text(f"{number}-response.xml"), mtime=0)
        return http("HTTP/1.1 200 OK", [
            ("Date", "Tue, 06 Mar 2012 10:00:00 GMT"), ("Server", "Example DM Server"), ("Cache-Control", "no-store, private"),
            ("Content-Type", "application/vnd.syncml.dm+xml"), ("Content-Encoding", "gzip"), *headers], body, chunks=200)

    first, second = (base64.b64encode(nonce).decode() for nonce in (b"first nonce 0001", b"second nonce 002"))
    challenge = http("HTTP/1.1 401 Unauthorized", [
        ("Server", "Example DM Server"), ("Cache-Control", "no-store, private"),
        ("WWW-Authenticate", f'Digest realm="{realm}", nonce="{first}", algorithm=MD5')])
    for octets, reply in [(request(1), challenge),
                          (request(1, first), answer(1, [("Authentication-Info", f'nextnonce="{second}"')])),
                          (request(2, second), answer(2))]:
        for side, data in enumerate((octets, reply)):
            connection.send(side, session.send(side, data), data)
    for side in (0, 1):
        connection.send(side, session.end(side), b"")
    connection.close()
    section = Section().secrets(session.keylog).interface(1)
    for number, frame in enumerate(frames(connection)):
        section.packet(0, START // 1000 + number * 250, frame)
    return section.file, connection.expected()


def violating():
    """The same session as no client and no server should speak: in clear text, without the headers that the binding asks
    for, under a wrong media type, from a cache, with a malformed challenge."""
    connection = Connection(50001).open()
    xml = [message(f"{number}-{kind}.xml") for number in (1, 2) for kind in ("request", "response")]
    first = http("POST /dm HTTP/1.1", [
        ("Host", "dm.example.com"), ("Accept", "text/html"), ("Content-Type", "application/vnd.syncml+xml")], xml[0])
    refused = http("HTTP/1.1 501 Not Implemented", [("Allow", "GET"), ("Content-Type", "text/plain")], b"no POST here\n")
    package = http("HTTP/1.1 200 OK", [
        ("Cache-Control", "public, no-store"), ("Age", "30"), ("Content-Type", "text/xml"),
        ("Authentication-Info", f'nextnonce="{"n" * 65}"')], xml[1])
    last = http("POST /dm?s=A3F HTTP/1.1", [
        ("Host", "dm.example.com"), ("User-Agent", ""), ("Accept", "application/vnd.syncml.dm+wbxml"),
        ("Accept-Charset", "utf-8"), ("Cache-Control", "no-store"), ("Content-Type", "application/vnd.syncml.dm+xml")], xml[2])
    lost = http("HTTP/1.1 200 OK", [("Content-Type", "application/vnd.syncml.dm+xml; charset=utf-16")], xml[3])
    unasked = http("HTTP/1.1 401 Unauthorized", [("Cache-Control", "private")])
    connection.talk([(first, refused), (first, package), (last, unasked), (last, lost)]).close()
    return one(connection)


CASES = {
    "conforming.pcapng": conforming,
    "violating.pcap": violating,
    "dm-wbxml.pcap": lambda: one(dm()),
    "dm-xml-big-endian-nanoseconds.pcap": lambda: one(dm(40001, "xml"), order=">", nanoseconds=True),
    "dm-xml.pcap.gz": lambda: (lambda file, expected: (gzip.compress(file, mtime=0), expected))(*one(dm(40002, "xml"))),
    "links.pcapng": links,
    "tunnels.pcap": tunnels,
    "fragments.pcap": fragments,
    "impaired.pcap": impaired,
    "lossy.pcap": lossy,
    "joined-late.pcap": joined_late,
    "one-after-the-other.pcap": one_after_the_other,
    "cut.pcap": cut,
    "sections.pcapng": sections,
    "package-zero.pcap": package_zero,
    "tls13-secrets.pcapng": tls("tls13-aes128-gcm"),
    "tls10-secrets.pcapng": tls("tls10-aes128-cbc"),
    "tls11-secrets.pcapng": tls("tls11-aes256-cbc"),
    "tls12-secrets.pcapng": tls("tls12-ecdhe-aes128-gcm"),
    "tls12-resumed-secrets.pcapng": tls("tls12-resumed-ticket"),
    "tls12-rsa.pcapng": tls("tls12-aes128-sha", secrets=False),
    "ssl3-rc4-rsa.pcapng": tls("ssl3-rc4", secrets=False, leaves=1),
    "psk.pcapng": tls("psk-aes128-cbc", secrets=False),
    "connect-tls13-secrets.pcapng": tls("tls13-chacha20", connect=True),
}


def main():
    for name in sys.argv[1:] or CASES:
        file, expected = CASES[name]()
        with open(os.path.join(CAPTURES, name), "wb") as out:
            out.write(file)
        with open(os.path.join(CAPTURES, name + ".expected"), "w") as out:
            out.write("".join(line + "\n" for line in expected))


main()

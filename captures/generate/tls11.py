"""A TLS 1.1 connection under a pre-shared key, made from nothing but the standard library: the same input, the same octets.

The suite is TLS_PSK_WITH_AES_128_CBC_SHA256 (RFC 5487 lets versions before 1.2 use it, with their own PRF)."""
import hashlib, hmac, struct

VERSION = 0x0302
SUITE = 0x00AE
NAME = "TLS_PSK_WITH_AES_128_CBC_SHA256"


# MARK: - AES-128, FIPS 197

def _double(a):
    return (a << 1 ^ (0x1B if a & 0x80 else 0)) & 0xFF


def _sbox():
    p = q = 1
    box = [0] * 256
    while True:
        p ^= _double(p)
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        x = q
        for turn in range(1, 5):
            x ^= (q << turn | q >> (8 - turn)) & 0xFF
        box[p] = x ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return box


SBOX = _sbox()


def round_keys(key):
    words = [key[at:at + 4] for at in range(0, 16, 4)]
    constant = 1
    for at in range(4, 44):
        word = words[-1]
        if at % 4 == 0:
            word = bytes(SBOX[b] for b in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = _double(constant)
        words.append(bytes(a ^ b for a, b in zip(words[at - 4], word)))
    return [b"".join(words[at:at + 4]) for at in range(0, 44, 4)]


def encrypt_block(keys, block):
    state = [a ^ b for a, b in zip(block, keys[0])]
    for number in range(1, 11):
        state = [SBOX[state[(column * 4 + row + row * 4) % 16]] for column in range(4) for row in range(4)]
        if number < 10:
            mixed = []
            for at in range(0, 16, 4):
                column = state[at:at + 4]
                whole = column[0] ^ column[1] ^ column[2] ^ column[3]
                mixed += [column[i] ^ whole ^ _double(column[i] ^ column[(i + 1) % 4]) for i in range(4)]
            state = mixed
        state = [a ^ b for a, b in zip(state, keys[number])]
    return bytes(state)


def encrypt_cbc(keys, vector, data):
    out = b""
    for at in range(0, len(data), 16):
        vector = encrypt_block(keys, bytes(a ^ b for a, b in zip(data[at:at + 16], vector)))
        out += vector
    return out


# MARK: - RFC 4346

def _expand(name, secret, seed, count):
    out, a = b"", seed
    while len(out) < count:
        a = hmac.new(secret, a, name).digest()
        out += hmac.new(secret, a + seed, name).digest()
    return out[:count]


def prf(secret, label, seed, count):
    half = (len(secret) + 1) // 2
    one = _expand("md5", secret[:half], label + seed, count)
    two = _expand("sha1", secret[-half:], label + seed, count)
    return bytes(a ^ b for a, b in zip(one, two))


class Session:
    """Octets of a connection, in order: `records` are (side, octets); `keylog` the line that opens it."""

    def __init__(self, identity, key, host, seed=b"DMScope"):
        self.records = []
        self.seed = seed
        randoms = [hashlib.sha256(seed + side).digest() for side in (b"client", b"server")]
        premaster = struct.pack("!H", len(key)) + bytes(len(key)) + struct.pack("!H", len(key)) + key
        self.master = prf(premaster, b"master secret", randoms[0] + randoms[1], 48)
        block = prf(self.master, b"key expansion", randoms[1] + randoms[0], 2 * 32 + 2 * 16)
        self.mac = [block[:32], block[32:64]]
        self.keys = [round_keys(block[64:80]), round_keys(block[80:96])]
        self.sequence = [0, 0]
        self.transcript = b""
        self.keylog = f"CLIENT_RANDOM {randoms[0].hex()} {self.master.hex()}\n"

        name = host.encode()
        listed = struct.pack("!BH", 0, len(name)) + name
        extensions = struct.pack("!HHH", 0, len(listed) + 2, len(listed)) + listed
        hello = struct.pack("!H", VERSION) + randoms[0] + b"\0" + struct.pack("!HHH", 4, SUITE, 0x00FF) + b"\1\0"
        self.handshake(0, 1, hello + struct.pack("!H", len(extensions)) + extensions)
        self.handshake(1, 2, struct.pack("!H", VERSION) + randoms[1] + b"\0" + struct.pack("!HB", SUITE, 0))
        self.handshake(1, 14, b"")
        self.handshake(0, 16, struct.pack("!H", len(identity)) + identity.encode())
        for side, label in enumerate((b"client finished", b"server finished")):
            self.record(side, 20, b"\1")
            digests = hashlib.md5(self.transcript).digest() + hashlib.sha1(self.transcript).digest()
            self.handshake(side, 20, prf(self.master, label, digests, 12), protected=True)

    def record(self, side, kind, octets):
        self.records.append((side, struct.pack("!BHH", kind, VERSION, len(octets)) + octets))

    def handshake(self, side, kind, body, protected=False):
        octets = struct.pack("!I", kind << 24 | len(body)) + body
        self.transcript += octets
        (self.protect if protected else self.record)(side, 22, octets)

    def protect(self, side, kind, octets):
        number = self.sequence[side]
        self.sequence[side] += 1
        head = struct.pack("!QBHH", number, kind, VERSION, len(octets))
        data = octets + hmac.new(self.mac[side], head + octets, "sha256").digest()
        padding = 15 - len(data) % 16
        data += bytes([padding]) * (padding + 1)
        vector = hashlib.sha256(self.seed + struct.pack("!BQ", side, number)).digest()[:16]
        self.record(side, kind, vector + encrypt_cbc(self.keys[side], vector, data))

    def send(self, side, octets):
        """Application data, a record for each 2 KiB; returns the octets on the wire."""
        before = len(self.records)
        for at in range(0, len(octets), 2048):
            self.protect(side, 23, octets[at:at + 2048])
        return b"".join(octets for _, octets in self.records[before:])

    def end(self, side):
        """close_notify."""
        self.protect(side, 21, b"\1\0")
        return self.records[-1][1]


assert encrypt_block(round_keys(bytes(range(16))), bytes.fromhex("00112233445566778899aabbccddeeff")).hex() == \
    "69c4e0d86a7b0430d8cdb78070b4c55a"  # FIPS 197, C.1

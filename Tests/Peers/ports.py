"""Ports of 127.0.0.1 for programs that must be told theirs."""
import itertools, os, socket

# Below the ports that the kernel gives to sockets that ask for any: nobody takes one before its program listens.
PORTS = itertools.cycle(range(12000 + os.getpid() * 61 % 20000, 32000))


def free_port():
    return next(port for port in PORTS if not can_connect(port))


def can_connect(port):
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0

"""localstripe on loopback alone, at a port of the system's choice, with nothing kept on disk.

Its own start listens on every address and writes to /tmp.
"""

import socket

from aiohttp import web
from localstripe import resources, server

resources.Store.dump_to_disk = lambda self: None
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", 0))
print("port", listener.getsockname()[1], flush=True)
web.run_app(server.app, sock=listener, print=None)

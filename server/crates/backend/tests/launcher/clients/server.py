"""A server of the official SDK of Python over HTTP, of both eras: `server.py PORT events|json|stateless|sse|tls`.

Over TLS it makes a certificate of its own and writes it into the file that comes as the third argument.
"""

import datetime
import ipaddress
import sys

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mcp.server import MCPServer

server = MCPServer("peer")


@server.tool()
def echo(message: str) -> str:
    """Says it again."""
    return f"Echo: {message}"


@server.tool()
def fail() -> str:
    """Never works."""
    raise ValueError("as it should")


def certificate(path):
    """Writes certificate and key for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "peer")])
    now = datetime.datetime.now(datetime.timezone.utc)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    made = builder.add_extension(here, critical=False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with open(f"{path}.key", "wb") as file:
        file.write(key.private_bytes(pem, *plain))
    with open(path, "wb") as file:
        file.write(made.public_bytes(pem))


port, kind = int(sys.argv[1]), sys.argv[2]
if kind == "tls":
    path = sys.argv[3]
    certificate(path)
    app = server.streamable_http_app()
    uvicorn.run(app, port=port, ssl_certfile=path, ssl_keyfile=f"{path}.key", log_level="warning")
elif kind == "sse":
    server.run("sse", port=port)
else:
    server.run("streamable-http", port=port, json_response=kind == "json", stateless_http=kind == "stateless")

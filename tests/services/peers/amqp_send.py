"""Sends messages as Hono does, by an order in JSON on standard input. Runs where the library is."""

import json
import sys
from base64 import b64decode

from proton import Message, symbol  # type: ignore[import-not-found,unused-ignore]
from proton.utils import BlockingConnection  # type: ignore[import-not-found,unused-ignore]

order = json.load(sys.stdin)
connection = BlockingConnection(
    order["url"],
    timeout=30,
    user=order["user"] or None,
    password=order["password"] or None,
    allowed_mechs="PLAIN" if order["user"] else "ANONYMOUS",
    allow_insecure_mechs=True,
)
sender = connection.create_sender(order["address"])
for body in order["bodies"]:
    annotations = {symbol("device_id"): order["device"]} if order["device"] else None
    sender.send(Message(body=b64decode(body), annotations=annotations, durable=True, **order["properties"]))
connection.close()

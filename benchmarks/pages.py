"""A local server of pages made beforehand: 1,000 products each, the size and shape of a till's."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from urllib.parse import parse_qs, urlsplit

PER_PAGE = 1000


def record(n: int) -> dict[str, object]:
    """One product with its nested parts, about 1.2 kB of JSON."""
    return {
        "id": f"{n:08x}-0000-4000-8000-{n:012x}", "version": n, "deleted_at": None, "name": f"Product {n}",
        "handle": f"product-{n}", "sku": f"SKU-{n:08d}", "active": True, "has_inventory": True,
        "description": "<p>" + "made of oak and wool " * 12 + "</p>", "price_excluding_tax": 10 + n % 90 + 0.5,
        "supply_price": 4.25, "weight": 120, "weight_unit": "g", "created_at": "2025-01-01T00:00:00+00:00",
        "updated_at": "2026-01-01T00:00:00+00:00", "brand": {"id": f"b{n % 50}", "name": f"Brand {n % 50}"},
        "tag_ids": [f"t{n % 9}", f"t{n % 11}"], "variant_options": [{"id": "o1", "name": "Size", "value": "M"}],
        "categories": [{"id": f"c{n % 40}", "name": f"Type {n % 40}"}],
        "images": [{"id": f"i{n}", "url": f"https://img.example.test/{n}.jpg", "version": n}],
    }  # fmt: skip


def _serve(pages: int, told: Connection) -> None:
    bodies = [
        json.dumps({"data": [record(page * PER_PAGE + n) for n in range(PER_PAGE)]}).encode() for page in range(pages)
    ]
    bodies.append(b'{"data": []}')

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            body = bodies[min(int(asked["page"][0]), pages)]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.send(server.server_address[1])
    server.serve_forever()


@contextmanager
def serving(pages: int) -> Iterator[str]:
    """The base URL of a server in a process of its own; the page after the last is empty."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(pages, there), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()

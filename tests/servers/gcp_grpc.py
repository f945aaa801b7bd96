"""Google Secret Manager over gRPC, with the official client's own messages."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc  # type: ignore[import-untyped]  # grpcio brings no types

from tests.servers.certificates import KeyPair
from tests.servers.gcp_store import METHODS, Method, RpcError

_SERVICE = "google.cloud.secretmanager.v1.SecretManagerService"
_WORKERS = 64

Handle = Callable[[str, Any, str], Any]
"""Carries out a method on a request for the holder of a bearer token, or raises `RpcError`."""


@contextmanager
def serving_grpc(handle: Handle, tls: KeyPair) -> Iterator[tuple[int, int]]:
    """Answer calls by ``handle``, and give two ports: one without and one with TLS."""
    server = grpc.server(ThreadPoolExecutor(_WORKERS))
    handlers = {name: _handler(name, method, handle) for name, method in METHODS.items()}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))
    pair = (tls.key.read_bytes(), tls.certificate.read_bytes())
    plain = server.add_insecure_port("127.0.0.1:0")
    secure = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
    server.start()
    try:
        yield plain, secure
    finally:
        server.stop(grace=None).wait()


def _handler(name: str, method: Method, handle: Handle) -> Any:
    def answer(request: Any, context: Any) -> Any:
        metadata = dict(context.invocation_metadata())
        token = metadata.get("authorization", "").removeprefix("Bearer ")
        try:
            return handle(name, request, token)
        except RpcError as error:
            context.abort(grpc.StatusCode[error.code], error.message)
            raise

    return grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=method.request.deserialize,
        response_serializer=_serialized,
    )


def _serialized(answer: Any) -> bytes:
    """Return the message's bytes; a method that answers nothing answers an empty message."""
    return b"" if answer is None else bytes(type(answer).serialize(answer))

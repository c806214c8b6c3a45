"""Where RabbitMQ is and how to speak to it, out of FOVEA_BROKER_URL; and what is said when it is away."""

import logging
from dataclasses import dataclass

import pika
from pika.adapters.utils.connection_workflow import AMQPConnectorException, AMQPConnectorStackTimeout
from pika.exceptions import AMQPError

from core.errors import BadRequest, ServiceAway

HEARTBEAT_S = 60
_CONNECT_LIMIT_S = 5.0
_OPEN_LIMIT_S = 10.0

BROKEN = (AMQPError, AMQPConnectorException, OSError)
"""What pika raises when a connection is lost, refused or misused."""


@dataclass(frozen=True, slots=True)
class Server:
    """A RabbitMQ. `shown` names it without its password."""

    parameters: pika.URLParameters
    shown: str

    def away(self, error: object) -> ServiceAway:
        """The error to raise for one of pika's, or for a text."""
        return ServiceAway(f"{self.shown}: {_reason(error)}")


def read_server(url: str) -> Server:
    """The server of an address like amqps://user:password@host:5671/vhost?heartbeat=30. Raises BadRequest."""
    # pika tells every failed attempt with its whole trace; ours says it in one line.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    try:
        parameters = pika.URLParameters(url if url.startswith(("amqp://", "amqps://")) else "not:")
    except (ValueError, TypeError, SyntaxError, OSError):
        # Neither the address nor pika's words about it: they may hold the password.
        raise BadRequest(
            "FOVEA_BROKER_URL is not an address like amqp://user:password@host/;"
            " special characters in user and password are written as %40"
        ) from None
    if parameters.heartbeat is None:
        parameters.heartbeat = HEARTBEAT_S
    parameters.socket_timeout = _CONNECT_LIMIT_S
    parameters.stack_timeout = _OPEN_LIMIT_S
    parameters.blocked_connection_timeout = 2 * HEARTBEAT_S
    return Server(parameters, f"RabbitMQ at {parameters.host}:{parameters.port}")


def _reason(error: object) -> str:
    """The innermost reason: pika wraps a refused connection in three errors."""
    while isinstance(error, BaseException):
        wrapped = [*getattr(error, "exceptions", ()), getattr(error, "exception", None), *error.args]
        inner = [each for each in wrapped if isinstance(each, BaseException)]
        if not inner:
            break
        error = inner[-1]
    if isinstance(error, AMQPConnectorStackTimeout):
        return "it took the connection and did not answer"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(getattr(error, "reply_text", error) or type(error).__name__)

"""What the client of the storage says, as errors of ours; and who waits while it is away."""

import threading

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from core.errors import NoRoom, ServiceAway, TemporaryError
from media.s3_client import Address, Line

ADDRESS = Address("photos", "http://storage:8333", access_key="key", secret_key="a secret")


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutObject")


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (EndpointConnectionError(endpoint_url="http://storage:8333"), ServiceAway),
        (ReadTimeoutError(endpoint_url="http://storage:8333"), ServiceAway),
        (refusal("SlowDown"), ServiceAway),
        (refusal("AccessDenied"), ServiceAway),
        (refusal("NoSuchBucket"), ServiceAway),
        (refusal("InsufficientStorage"), NoRoom),
        (refusal("BadDigest"), TemporaryError),
    ],
)
def test_what_it_says_is_told_without_addresses(said: Exception, error: type[Exception]) -> None:
    with pytest.raises(error, match="storage") as told, Line(ADDRESS).asking():
        raise said
    assert type(told.value) is error
    assert "8333" not in str(told.value)


def test_the_secret_is_not_shown() -> None:
    assert "a secret" not in repr(ADDRESS)


def test_while_it_is_away_one_finds_out_and_the_others_are_answered_at_once() -> None:
    line = Line(ADDRESS)
    with pytest.raises(ServiceAway), line.asking():
        raise EndpointConnectionError(endpoint_url="x")
    asking, answered = threading.Event(), threading.Event()

    def find_out() -> None:
        with line.asking():
            asking.set()
            answered.wait(30)

    thread = threading.Thread(target=find_out)
    thread.start()
    assert asking.wait(30)
    with pytest.raises(ServiceAway, match="does not answer"), line.asking():
        pytest.fail("it waited for its turn")
    answered.set()
    thread.join()
    with line.asking(), line.asking():
        pass  # it is back, and many may ask


def test_it_stays_away_until_somebody_is_answered() -> None:
    line = Line(ADDRESS)
    for _ in range(3):
        with pytest.raises(ServiceAway), line.asking():
            raise EndpointConnectionError(endpoint_url="x")
    with pytest.raises(ServiceAway), line.asking():
        raise refusal("AccessDenied")  # that is an answer
    with line.asking(), line.asking():
        pass

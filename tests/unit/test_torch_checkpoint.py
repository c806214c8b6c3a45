"""Reading PyTorch checkpoints without PyTorch, and refusing what is not one."""

import os
import pickle
import sys
from collections import OrderedDict
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from core.errors import WeightCorrupt
from engines.torch_checkpoint import read_tensors

MAGIC = 0x1950A86A20F9469CFC6C
VALUES = np.arange(24, dtype="<f4")


class FloatStorage:
    """Pickled under the name torch.FloatStorage, with its key as a persistent id."""


def _rebuild_tensor_v2(*_args: Any) -> None:
    """Pickled under the name torch._utils._rebuild_tensor_v2."""


class Tensor:
    """Pickled as PyTorch pickles a tensor."""

    def __init__(self, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.parts: tuple[Any, ...] = (FloatStorage(), offset, shape, strides, False, OrderedDict())

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Any, ...]]:
        return _rebuild_tensor_v2, self.parts


class Writer(pickle.Pickler):
    def persistent_id(self, thing: Any) -> Any:
        return (
            ("storage", FloatStorage, "0", "cpu", VALUES.size, None) if isinstance(thing, FloatStorage) else None
        )


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes a checkpoint as torch.save did before 1.6; PyTorch itself is not there, only its names."""
    for name in ("torch", "torch._utils"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(sys.modules["torch"], "FloatStorage", FloatStorage, raising=False)
    monkeypatch.setattr(sys.modules["torch._utils"], "_rebuild_tensor_v2", _rebuild_tensor_v2, raising=False)
    monkeypatch.setattr(FloatStorage, "__module__", "torch")
    monkeypatch.setattr(_rebuild_tensor_v2, "__module__", "torch._utils")

    def to_file(state: Any, magic: int = MAGIC, count: int = VALUES.size) -> Path:
        stream = BytesIO()
        for value in (magic, 1001, {"little_endian": True}, state, ["0"]):
            Writer(stream, protocol=2).dump(value)
        stream.write(count.to_bytes(8, "little", signed=True) + VALUES.tobytes())
        file = tmp_path / "weights.pth"
        file.write_bytes(stream.getvalue())
        return file

    return to_file


def test_tensors_come_back_with_offset_and_strides(write: Callable[..., Path]) -> None:
    state = OrderedDict(
        a=Tensor(0, (2, 3), (3, 1)), turned=Tensor(6, (3, 2), (1, 3)), one=Tensor(23, (), ()), note="text"
    )
    read = read_tensors(write(state))
    assert set(read) == {"a", "turned", "one"}
    np.testing.assert_array_equal(read["a"], VALUES[:6].reshape(2, 3))
    np.testing.assert_array_equal(read["turned"], VALUES[6:12].reshape(2, 3).T)
    assert read["one"] == 23


class Hostile:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (str(self.file),)


def test_nothing_in_it_is_run(write: Callable[..., Path], tmp_path: Path) -> None:
    target = tmp_path / "was here"
    file = write(OrderedDict(a=Tensor(0, (2,), (1,)), evil=Hostile(target)))
    with pytest.raises(WeightCorrupt, match="mkdir"):
        read_tensors(file)
    assert not target.exists()


@pytest.mark.parametrize(
    "tensor",
    [
        ((0, (25,), (1,))),
        ((20, (5,), (1,))),
        ((0, (2, 2), (23, 1))),
        ((-1, (2,), (1,))),
        ((0, (2,), (-1,))),
        ((0, (-2,), (1,))),
        ((0, (2**40,), (0,))),
    ],
)
def test_a_tensor_must_lie_within_its_storage(write: Callable[..., Path], tensor: tuple[Any, Any, Any]) -> None:
    with pytest.raises(WeightCorrupt):
        read_tensors(write(OrderedDict(a=Tensor(*tensor))))


def test_what_is_cut_short_or_no_checkpoint_is_refused(write: Callable[..., Path]) -> None:
    whole = write(OrderedDict(a=Tensor(0, (2,), (1,)))).read_bytes()
    file = write(OrderedDict(a=Tensor(0, (2,), (1,))), magic=7)
    with pytest.raises(WeightCorrupt, match="magic"):
        read_tensors(file)
    for data in (whole[:-1], whole[: len(whole) // 2], b"", b"PK\x03\x04 a zip", b"\x80\x02}."):
        file.write_bytes(data)
        with pytest.raises(WeightCorrupt):
            read_tensors(file)
    with pytest.raises(WeightCorrupt):
        read_tensors(write(OrderedDict(a=Tensor(0, (2,), (1,))), count=-5))

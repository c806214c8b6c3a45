"""Reading the tensors of a PyTorch checkpoint without PyTorch and without running what is in it.

A checkpoint is a pickle, and a pickle can name any function to be called. Here only four names are known;
everything else is refused. This reads the layout of torch.save before version 1.6: five pickles (magic number,
protocol, system, the state dict, the storages' keys), then each storage as a count (int64) and its raw values.
"""

import math
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightCorrupt

_MAGIC = 0x1950A86A20F9469CFC6C
_STORAGES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Tensor:
    """Where a tensor lies in its storage; the values come later in the file."""

    def __init__(self, storage: tuple[str, np.dtype[Any]], offset: int, shape: Any, strides: Any) -> None:
        self.key, self.kind = storage
        self.offset, self.shape, self.strides = offset, tuple(shape), tuple(strides)

    def values(self, storages: dict[str, NDArray[Any]]) -> NDArray[Any]:
        flat = storages[self.key]
        if any(number < 0 for number in (self.offset, *self.shape, *self.strides)) or 0 in self.shape:
            raise pickle.UnpicklingError("a tensor of an impossible shape")
        last = self.offset + sum((size - 1) * step for size, step in zip(self.shape, self.strides, strict=True))
        if last >= flat.size or math.prod(self.shape) > flat.size:  # as_strided would read whatever lies behind
            raise pickle.UnpicklingError("a tensor that reaches beyond its storage")
        steps = tuple(step * flat.itemsize for step in self.strides)
        return np.lib.stride_tricks.as_strided(flat[self.offset :], self.shape, steps).copy()


def _rebuild(storage: Any, offset: int, shape: Any, strides: Any, *_rest: Any) -> _Tensor:
    return _Tensor(storage, offset, shape, strides)


class _OnlyTensors(pickle.Unpickler):
    """Knows how to make ordered dictionaries and tensors; refuses every other name."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise pickle.UnpicklingError(f"it wants to call {module}.{name}")

    def persistent_load(self, pid: Any) -> tuple[str, np.dtype[Any]]:
        if not (isinstance(pid, tuple) and len(pid) >= 5 and pid[0] == "storage" and pid[1] in _STORAGES.values()):
            raise pickle.UnpicklingError("a storage of an unknown kind")
        return str(pid[2]), pid[1]


def read_tensors(file: Path) -> dict[str, NDArray[Any]]:
    """The state dict of a checkpoint as arrays by name (float32 or int64).

    Raises WeightCorrupt when the file is not such a checkpoint, is cut short, or holds anything but tensors.
    """
    try:
        with file.open("rb") as stream:
            return _read(stream)
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, AttributeError, IndexError) as why:
        raise WeightCorrupt(f"{file} is not a PyTorch checkpoint that can be trusted: {why}") from why


def _read(stream: BinaryIO) -> dict[str, NDArray[Any]]:
    if _OnlyTensors(stream).load() != _MAGIC:
        raise pickle.UnpicklingError("its first value is not PyTorch's magic number")
    _OnlyTensors(stream).load()  # protocol
    if not _OnlyTensors(stream).load().get("little_endian", False):
        raise pickle.UnpicklingError("its values are not little-endian")
    state: dict[str, Any] = _OnlyTensors(stream).load()
    tensors = {name: tensor for name, tensor in state.items() if isinstance(tensor, _Tensor)}
    kinds = {tensor.key: tensor.kind for tensor in tensors.values()}
    storages = {}
    for key in _OnlyTensors(stream).load():
        count = int.from_bytes(stream.read(8), "little", signed=True)
        raw = stream.read(count * kinds[key].itemsize) if count >= 0 else b""
        storages[key] = np.frombuffer(raw, dtype=kinds[key])
        if storages[key].size != count:
            raise EOFError("it ends in the middle of a storage")
    return {name: tensor.values(storages) for name, tensor in tensors.items()}

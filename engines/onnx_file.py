"""Writing an ONNX file with numpy alone: the few message types of onnx.proto a feed-forward network needs.

Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (ModelProto, GraphProto,
NodeProto, AttributeProto, TensorProto, ValueInfoProto). The package `onnx` would only be needed for this.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Attribute = int | float | str | Sequence[int]
_FLOAT, _INT64 = 1, 7  # TensorProto.DataType
_OPSET, _IR_VERSION = 13, 8


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _attribute(name: str, value: Attribute) -> bytes:
    head = _bytes(1, name)
    if isinstance(value, str):
        return head + _bytes(4, value) + _number(20, 3)
    if isinstance(value, float):
        return head + _varint(2 << 3 | 5) + np.float32(value).tobytes() + _number(20, 1)
    if isinstance(value, int):
        return head + _number(3, value) + _number(20, 2)
    return head + b"".join(_number(8, item) for item in value) + _number(20, 7)


def _value_info(name: str, shape: Sequence[int | str], kind: int = _FLOAT) -> bytes:
    dims = b"".join(_bytes(1, _bytes(2, size) if isinstance(size, str) else _number(1, size)) for size in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, dims)))


class OnnxGraph:
    """A graph being built; `op` adds a node and returns its output's name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[bytes] = []
        self._weights: list[bytes] = []

    def weight(self, name: str, values: NDArray[np.generic]) -> str:
        """Add a constant, float32 or int64; returns its name."""
        kind, dtype = (_INT64, "<i8") if values.dtype.kind == "i" else (_FLOAT, "<f4")
        raw = np.ascontiguousarray(values, dtype=dtype).tobytes()
        dims = b"".join(_number(1, size) for size in values.shape)
        self._weights.append(dims + _number(2, kind) + _bytes(8, name) + _bytes(9, raw))
        return name

    def op(self, kind: str, inputs: Sequence[str], output: str, **attributes: Attribute) -> str:
        """Add one node of the standard operator `kind`; returns `output`."""
        node = b"".join(_bytes(1, name) for name in inputs) + _bytes(2, output)
        node += _bytes(3, output) + _bytes(4, kind)
        node += b"".join(_bytes(5, _attribute(name, value)) for name, value in attributes.items())
        self._nodes.append(node)
        return output

    def to_bytes(
        self,
        inputs: dict[str, Sequence[int | str]],
        outputs: dict[str, Sequence[int | str]],
        whole_numbers: Sequence[str] = (),
    ) -> bytes:
        """The finished file; shapes may hold a name for a size that is open, such as "batch".

        Inputs are float32, those named in `whole_numbers` int64.
        """
        graph = b"".join(_bytes(1, node) for node in self._nodes) + _bytes(2, self._name)
        graph += b"".join(_bytes(5, weight) for weight in self._weights)
        for name, shape in inputs.items():
            graph += _bytes(11, _value_info(name, shape, _INT64 if name in whole_numbers else _FLOAT))
        graph += b"".join(_bytes(12, _value_info(*item)) for item in outputs.items())
        head = _number(1, _IR_VERSION) + _bytes(2, "fovea")
        return head + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, _OPSET))

"""EfficientNet-Lite0 as an ONNX file, built from its PyTorch state dict.

Layers, strides and names follow Google's efficientnet_lite (https://github.com/tensorflow/tpu, Apache-2.0) in the
naming of EfficientNet-PyTorch: no squeeze-and-excitation, ReLU6, TensorFlow's SAME padding (SAME_UPPER in ONNX).
Batch normalisation is folded into the convolution before it: w' = w·γ/√(σ²+ε), b' = β − μ·γ/√(σ²+ε), ε = 10⁻³.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightCorrupt
from engines.onnx_file import OnnxGraph
from engines.torch_checkpoint import read_tensors

SIDE_PX = 224
DIMENSIONS = 1280
CLASSES = 1000
# repeats, kernel, stride of the first, expansion, channels out
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_EPSILON = 1e-3

Tensors = dict[str, NDArray[Any]]


class _Builder:
    def __init__(self, tensors: Tensors) -> None:
        self.tensors = tensors
        self.graph = OnnxGraph("efficientnet-lite0")
        self.graph.weight("zero", np.array(0.0, dtype=np.float32))
        self.graph.weight("six", np.array(6.0, dtype=np.float32))

    def convolve(self, x: str, conv: str, norm: str, stride: int = 1, groups: int = 1, relu6: bool = True) -> str:
        """A convolution with its normalisation folded in, and ReLU6 unless it ends a block."""
        gamma, beta, mean, variance = (
            self.tensors[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = gamma / np.sqrt(variance + _EPSILON)
        kernel = self.tensors[f"{conv}.weight"] * factor[:, None, None, None]
        weight = self.graph.weight(f"{conv}.w", kernel)
        bias = self.graph.weight(f"{conv}.b", beta - mean * factor)
        side = int(kernel.shape[2])
        out = self.graph.op(
            "Conv", [x, weight, bias], f"{conv}.out", auto_pad="SAME_UPPER",
            group=groups, kernel_shape=[side, side], strides=[stride, stride],
        )  # fmt: skip
        return self.graph.op("Clip", [out, "zero", "six"], f"{conv}.relu6") if relu6 else out

    def block(self, x: str, number: int, kernel: int, stride: int, expansion: int, keep: bool) -> str:
        """An inverted residual block: widen, filter each channel, narrow, and add the input if shapes agree."""
        name = f"_blocks.{number}"
        y = self.convolve(x, f"{name}._expand_conv", f"{name}._bn0") if expansion > 1 else x
        channels = int(self.tensors[f"{name}._depthwise_conv.weight"].shape[0])
        if self.tensors[f"{name}._depthwise_conv.weight"].shape[2] != kernel:
            raise KeyError(f"{name} has another kernel than EfficientNet-Lite0")
        y = self.convolve(y, f"{name}._depthwise_conv", f"{name}._bn1", stride, channels)
        y = self.convolve(y, f"{name}._project_conv", f"{name}._bn2", relu6=False)
        return self.graph.op("Add", [y, x], f"{name}.sum") if keep else y


def build_graph(tensors: Tensors) -> bytes:
    """The ONNX file: picture (N × 3 × 224 × 224) to vector (N × 1280, pooled) and logits (N × 1000).

    Raises KeyError when a layer is missing.
    """
    build = _Builder(tensors)
    x = build.convolve("picture", "_conv_stem", "_bn0", stride=2)
    number, channels = 0, 32
    for repeats, kernel, first_stride, expansion, out in _STAGES:
        for turn in range(repeats):
            stride = first_stride if turn == 0 else 1
            x = build.block(x, number, kernel, stride, expansion, stride == 1 and channels == out)
            number, channels = number + 1, out
    x = build.convolve(x, "_conv_head", "_bn1")
    graph = build.graph
    pooled = graph.op("GlobalAveragePool", [x], "pooled")
    graph.op("Flatten", [pooled], "vector", axis=1)
    weight = graph.weight("_fc.w", tensors["_fc.weight"])
    bias = graph.weight("_fc.b", tensors["_fc.bias"])
    graph.op("Gemm", ["vector", weight, bias], "logits", transB=1)
    return graph.to_bytes(
        {"picture": ["batch", 3, SIDE_PX, SIDE_PX]},
        {"vector": ["batch", DIMENSIONS], "logits": ["batch", CLASSES]},
    )


def converted(checkpoint: Path) -> bytes:
    """The ONNX file made from `checkpoint`. It takes 0.1 s and is not kept: what is on disk is what was verified.

    Raises WeightCorrupt when the checkpoint is not an EfficientNet-Lite0.
    """
    try:
        return build_graph(read_tensors(checkpoint))
    except KeyError as missing:
        raise WeightCorrupt(f"{checkpoint} is not an EfficientNet-Lite0: {missing}") from missing

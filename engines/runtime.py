"""The one place that opens an ONNX network: ONNX Runtime on processors or on a GPU (`cuda`), or OpenVINO.

docs/decisions/010-onnx-runtime.md has the measurements behind the default.
"""

import threading
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import BadRequest

RUNTIMES = ("onnxruntime", "openvino", "cuda")
DEFAULT_RUNTIME = "onnxruntime"
_ON_GPU = "CUDAExecutionProvider"
_ON_PROCESSORS = "CPUExecutionProvider"

Array = NDArray[np.float32]


class Network(Protocol):
    """An opened network."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of its inputs, in the order the file names them."""
        ...

    def run(self, *tensors: NDArray[Any]) -> list[Array]:
        """All outputs for all inputs, both in the order the file names them. Safe to call from several threads."""
        ...

    def note(self, key: str) -> str | None:
        """What the file itself says under `key` in its metadata, None if nothing."""
        ...


class _OnnxRuntime:
    def __init__(self, file: Path | bytes, threads: int, *, on_gpu: bool = False) -> None:
        import onnxruntime as ort

        if on_gpu:
            if _ON_GPU not in ort.get_available_providers():
                raise BadRequest(
                    "runtime cuda: this ONNX Runtime is made for processors, that of the image fovea-gpu is not"
                )
            ort.preload_dlls()  # CUDA's libraries out of their Python packages
        options = ort.SessionOptions()
        # The arena keeps the largest size it ever saw: 467 MB for a 31 MB network, 63 MB without, equally fast.
        options.enable_cpu_mem_arena = False
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning threads eat the processor that the other workers of a small machine wait for.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        source = file if isinstance(file, bytes) else str(file)
        providers = [_ON_GPU, _ON_PROCESSORS] if on_gpu else [_ON_PROCESSORS]
        self._session = ort.InferenceSession(source, options, providers=providers)
        if on_gpu and _ON_GPU not in self._session.get_providers():
            # it would go on quietly, many times slower than asked for
            raise BadRequest("runtime cuda: ONNX Runtime found no GPU that it can use; its log says why")
        self.inputs = tuple(str(one.name) for one in self._session.get_inputs())

    def run(self, *tensors: NDArray[Any]) -> list[Array]:
        named = dict(zip(self.inputs, tensors, strict=True))
        return [np.asarray(output) for output in self._session.run(None, named)]

    def note(self, key: str) -> str | None:
        found = self._session.get_modelmeta().custom_metadata_map.get(key)
        return None if found is None else str(found)


class _OpenVino:
    def __init__(self, file: Path | bytes, threads: int) -> None:
        import openvino

        core = openvino.Core()
        self._model = core.read_model(file if isinstance(file, bytes) else str(file))
        options: dict[str, Any] = {
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
            # By itself OpenVINO takes bfloat16 where the processor has it: results would differ by machine.
            "INFERENCE_PRECISION_HINT": "f32",
        }
        self._compiled = core.compile_model(self._model, "CPU", options)
        self.inputs = tuple(str(one.get_any_name()) for one in self._model.inputs)
        self._request = self._compiled.create_infer_request()
        self._lock = threading.Lock()

    def run(self, *tensors: NDArray[Any]) -> list[Array]:
        with self._lock:  # a request holds its own output tensors, so answers are copied before the next
            self._request.infer(dict(enumerate(tensors)))
            count = len(self._compiled.outputs)
            return [np.array(self._request.get_output_tensor(number).data) for number in range(count)]

    def note(self, key: str) -> str | None:
        if not self._model.has_rt_info(["framework", key]):
            return None
        return str(self._model.get_rt_info(["framework", key]).value)


def open_network(file: Path | bytes, threads: int, runtime: str = DEFAULT_RUNTIME) -> Network:
    """Open an ONNX file, or its bytes, for `threads` threads. Raises BadRequest for an unknown runtime."""
    check_runtime(runtime)
    if runtime == "openvino":
        return _OpenVino(file, threads)
    return _OnnxRuntime(file, threads, on_gpu=runtime == "cuda")


def check_runtime(runtime: str) -> None:
    """Raise BadRequest, naming those that exist, unless `runtime` is one of RUNTIMES."""
    if runtime not in RUNTIMES:
        raise BadRequest(f"there is no runtime {runtime!r}; choose {', '.join(RUNTIMES)}")

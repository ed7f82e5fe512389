"""What runs a network: PyTorch as it is, OpenVINO on a CPU, or a graph compiled for a GPU.

A runtime is handed the *parts* of a network, each of which turns one tensor into some others; the code between the parts
is the same for all runtimes. Whether what a runtime made may be used is judged in :mod:`models_ml.export`.
"""

from __future__ import annotations

import platform
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

try:
    import openvino
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder
except ImportError:
    # It is optional: without it PyTorch does the work.
    openvino = None

Part = Callable[[Tensor], tuple[Tensor, ...]]
"""What a runtime makes of a module. What it returns is good until it is called again."""

PRECISIONS = ("auto", "float32")
FEW, MANY, MANY_FROM = 4, 16, 32
"""Batches are filled up to a multiple of the first, above ``MANY_FROM`` rows of the second."""
ELEMENTS = {torch.uint8: "u8", torch.float32: "f32"}


class Runtime(Protocol):
    """Makes the parts of a network fast."""

    name: str
    """Whatever may change the outcome: the runtime, its version, its precision, the machine."""

    device: str
    """Where the tensors between the parts live."""

    def compile(self, part: nn.Module, example: Tensor, free: Sequence[int], file: Path) -> Part:
        """A faster ``part``. ``example`` is an input; in the dimensions ``free`` others may differ from it.

        What is slow to make is kept under ``file`` (a suffix is added) and taken from there the next time.
        """


class Eager:
    """PyTorch as it is, with the parts as they are."""

    def __init__(self, device: str = "cpu") -> None:
        self.name, self.device = f"torch {torch.__version__} {device}", device

    def compile(self, part: nn.Module, example: Tensor, free: Sequence[int], file: Path) -> Part:
        """The part itself."""
        return part.to(self.device).eval()


class OpenVino:
    """OpenVINO on the CPU, in float32 or in bfloat16 where the CPU computes with it."""

    device = "cpu"

    def __init__(self, *, bfloat16: bool = False, threads: int | None = None) -> None:
        if openvino is None:
            raise ValueError("the package openvino is not installed; pip install openvino, or use the runtime 'eager'")
        self._core = openvino.Core()
        if bfloat16 and "BF16" not in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            raise ValueError("this CPU has no instructions for bfloat16; use float32")
        self._options = {
            "INFERENCE_PRECISION_HINT": "bf16" if bfloat16 else "f32",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": threads or torch.get_num_threads(),
            # The workers of a machine would all choose the same cores.
            "ENABLE_CPU_PINNING": False,
        }
        chip = self._core.get_property("CPU", "FULL_DEVICE_NAME")
        self.name = (
            f"openvino {openvino.__version__} {'bfloat16' if bfloat16 else 'float32'} {chip} {platform.machine()}"
        )

    def compile(self, part: nn.Module, example: Tensor, free: Sequence[int], file: Path) -> Part:
        """The part as an inference request of its own."""
        kept = file.with_suffix(".xml")
        if not kept.is_file():
            openvino.save_model(_converted(part, example, free), str(kept), compress_to_fp16=False)
        request = self._core.compile_model(str(kept), "CPU", self._options).create_infer_request()
        outputs = range(len(request.model_outputs))
        rounded = tuple(free) == (0,)

        def run(inputs: Tensor) -> tuple[Tensor, ...]:
            rows = len(inputs)
            request.infer((filled_up(inputs) if rounded else inputs).numpy(), share_inputs=True)
            found = (torch.from_numpy(request.get_output_tensor(number).data) for number in outputs)
            return tuple(output[:rows] for output in found) if rounded else tuple(found)

        return run


def filled_up(rows: Tensor) -> Tensor:
    """``(n, ...)`` with rows of zeros after it, so that few lengths ever occur: OpenVINO prepares itself anew for each."""
    step = FEW if len(rows) <= MANY_FROM else MANY
    more = -len(rows) % step
    return torch.cat([rows, rows.new_zeros((more, *rows.shape[1:]))]) if more else rows


class Cuda:
    """A GPU: the parts compiled by torch.compile, channels last, in bfloat16."""

    device = "cuda"

    def __init__(self) -> None:
        self.name = f"torch {torch.__version__} compiled bfloat16 {torch.cuda.get_device_name()}"

    def compile(self, part: nn.Module, example: Tensor, free: Sequence[int], file: Path) -> Part:
        """The part on the GPU; it is compiled when it is first called, for any size of the dimensions ``free``."""
        moved: nn.Module = part.to(self.device).to(memory_format=torch.channels_last).eval()
        compiled = torch.compile(moved, dynamic=bool(free))

        def run(inputs: Tensor) -> tuple[Tensor, ...]:
            with torch.autocast("cuda", torch.bfloat16):
                return tuple(output.float() for output in compiled(inputs))

        return run


def available(precision: str = "auto", *, threads: int | None = None) -> list[Runtime]:
    """The runtimes of this machine that are faster than eager PyTorch, likely the fastest first.

    ``precision`` is ``float32``, or ``auto``: bfloat16 too where the machine computes with it.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"no precision {precision!r}; choose one of {', '.join(PRECISIONS)}")
    if torch.cuda.is_available():
        return [] if precision == "float32" else [Cuda()]
    if openvino is None:
        return []
    plain = OpenVino(threads=threads)
    if precision == "float32" or "BF16" not in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        return [plain]
    return [OpenVino(bfloat16=True, threads=threads), plain]


def _converted(part: nn.Module, example: Tensor, free: Sequence[int]) -> Any:
    """The part as an OpenVINO model.

    By its front end and not by ``convert_model``, which would send word of its use to its makers.
    """
    with torch.no_grad(), warnings.catch_warnings():
        # The front end reads the graphs of torch.jit, which says at each call that it is deprecated.
        warnings.simplefilter("ignore", FutureWarning)
        traced = torch.jit.trace(part.eval(), example, check_trace=False)  # type: ignore[no-untyped-call]
        decoder = TorchScriptPythonDecoder(torch.jit.freeze(traced))
    front_end = FrontEndManager().load_by_framework("pytorch")
    model = front_end.load(decoder)
    [place] = model.get_inputs()
    shape = [-1 if axis in free else size for axis, size in enumerate(example.shape)]
    model.set_partial_shape(place, openvino.PartialShape(shape))
    model.set_element_type(place, getattr(openvino.Type, ELEMENTS[example.dtype]))
    return front_end.convert(model)

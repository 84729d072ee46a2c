"""Where training computes."""

import os
from contextlib import AbstractContextManager

import torch


def training_device() -> torch.device:
    """Return what `FUSION_DEVICE` names (auto, cpu or cuda); of several GPUs this process's own."""
    wanted = os.environ.get("FUSION_DEVICE", "auto")
    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))


def autocast(device: torch.device) -> AbstractContextManager[None]:
    """Compute in bfloat16 inside the block on a GPU; a CPU keeps float32."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda")

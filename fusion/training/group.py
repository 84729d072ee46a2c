"""The processes that train one model together; mostly one alone."""

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from fusion.training.device import training_device


def rank() -> int:
    """Return this process's number; the first is 0. It validates, writes and reports."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def world() -> int:
    """Return how many processes train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def together(module: nn.Module) -> nn.Module:
    """Average the gradients of all processes (Li et al. 2020); alone, return the module itself."""
    return DistributedDataParallel(module) if world() > 1 else module


def agreed(value: float) -> float:
    """Return the first process's value in all of them."""
    if world() == 1:
        return value
    told = _number(value)
    distributed.broadcast(told, src=0)
    return float(told)


def summed(value: float) -> float:
    """Return the sum over all processes."""
    if world() == 1:
        return value
    total = _number(value)
    distributed.all_reduce(total)
    return float(total)


def wait_for_all() -> None:
    """Go on when every process has come here."""
    if world() > 1:
        distributed.barrier()


def _number(value: float) -> torch.Tensor:
    return torch.tensor(value, dtype=torch.float64, device=training_device())

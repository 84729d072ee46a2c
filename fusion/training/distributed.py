"""Train one model with several processes, by PyTorch's own engine.

    torchrun --nproc-per-node 2 -m fusion.training.distributed FOLDER

FOLDER is a run's checkpoint folder, with its snapshot in `snapshot/` and its settings in
`config.json`. Every batch is shared out among the processes and their gradients are averaged
(DistributedDataParallel), so the training is that of one process but for dropout and rounding.
The first process validates, writes and reports; `train` on the same folder then finds it all done.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed

from fusion.config import TrainingConfig
from fusion.dataset.data import TrainingData
from fusion.network.recommender import Recommender
from fusion.training.device import training_device
from fusion.training.group import rank
from fusion.training.progress import Progress
from fusion.training.train import train

LONGEST_WAIT = timedelta(hours=2)  # for the first process to validate or to fit the fusion


class ProcessesFailed(RuntimeError):
    """One of the processes ended before the training did; its own words are in the log."""


def train_with(processes: int, folder: Path, config: TrainingConfig, progress: Progress) -> None:
    """Train the snapshot in `folder` with that many processes of this machine.

    Raises:
        ProcessesFailed: one of them failed.
        TrainingCancelled: `progress` asked to stop; they are stopped too.
    """
    (folder / "config.json").write_text(config.to_json(), encoding="utf-8")
    engine = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command = [*engine, f"--nproc-per-node={processes}", "-m", __name__, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603
        assert running.stdout is not None
        try:
            for line in running.stdout:
                told = json.loads(line)
                progress(told.pop("stage"), told.pop("done"), told.pop("message"), **told)
        except BaseException:
            running.terminate()
            raise
    if running.returncode != 0:
        raise ProcessesFailed(
            f"Training with {processes} processes failed (exit status {running.returncode}). "
            "The log of this process says why. Started again, the run goes on from its checkpoints."
        )


def main() -> None:
    """Be one of the processes that `torchrun` starts."""
    parser = argparse.ArgumentParser(description="Train a snapshot with several processes.")
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    config = TrainingConfig.from_json((folder / "config.json").read_text(encoding="utf-8"))
    with joined():
        data = TrainingData.load(folder / "snapshot")
        recommender = train(data, config, progress=_tell, checkpoint_dir=folder)
        require_same(recommender)


@contextmanager
def joined() -> Iterator[None]:
    """Meet the other processes, and part from them at the end."""
    device = training_device()
    if device.type == "cuda":
        torch.cuda.set_device(device)
    engine = "nccl" if device.type == "cuda" else "gloo"
    distributed.init_process_group(engine, timeout=LONGEST_WAIT)
    try:
        yield
        distributed.barrier()  # who leaves first would end the others' connection
    finally:
        distributed.destroy_process_group()


def require_same(recommender: Recommender) -> None:
    """Compare the weights of all processes, bit by bit.

    Raises:
        ProcessesFailed: they differ, so the gradients were not averaged.
    """
    digest = hashlib.sha256()
    for _, value in sorted(recommender.state_dict().items()):
        digest.update(value.contiguous().numpy().tobytes())
    own = torch.frombuffer(bytearray(digest.digest()), dtype=torch.uint8).to(training_device())
    first = own.clone()
    distributed.broadcast(first, src=0)
    if not torch.equal(own, first):
        raise ProcessesFailed("The processes have come to different weights.")


def _tell(stage: str, done: float, message: str = "", **curve_point: float) -> None:
    """Report as the first process does: one line of JSON."""
    if rank() == 0:
        line = {"stage": stage, "done": done, "message": message, **curve_point}
        print(json.dumps(line), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
    # All is written. Interpreter and gloo, ending together, sometimes abort over a thread of gloo.
    sys.stdout.flush()
    os._exit(0)

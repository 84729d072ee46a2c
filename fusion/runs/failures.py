"""What a failed training run says to the person who started it."""

import errno
import os

from fusion.config import ConfigError

NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR)
LOG_TELLS = "The training worker's log has the details."


class TrainingRefused(Exception):
    """The run cannot succeed; the message says why and what to do."""


def explain(error: Exception) -> str:
    """Return in plain words what went wrong and what to do."""
    if isinstance(error, TrainingRefused | ConfigError):
        return str(error)
    if _is_disk_full(error):
        return f"The disk is full ({error}). Free some space, then train again."
    if isinstance(error, OSError) and error.errno in NOT_WRITABLE:
        return (
            f"The training worker cannot write to {error.filename} ({error.strerror}). Give it the "
            "right to, or set FUSION_ARTIFACT_DIR and FUSION_CHECKPOINT_DIR to folders it owns, "
            "then train again."
        )
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return (
            "The memory did not suffice. Train with the preset 'quick', or on a machine with "
            "more memory."
        )
    return f"{type(error).__name__}: {error}. {LOG_TELLS}"


def _is_disk_full(error: Exception) -> bool:
    # Libraries that write files themselves raise their own errors with the system's words.
    has_number = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return has_number or os.strerror(errno.ENOSPC) in str(error)

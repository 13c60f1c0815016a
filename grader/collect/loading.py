"""Service models, loaded once for all sessions and clients of a process."""

from __future__ import annotations

import botocore.loaders


class Loader(botocore.loaders.Loader):  # type: ignore[misc]
    """botocore's loader; its own cache is what makes it worth sharing."""

from __future__ import annotations
import sys
from pathlib import Path
from .places import *
if __name__ == "__main__":
    w = sys.argv[1]
    if w == "serve":
        from .replay import serve
        serve(tuple(map(Path, sys.argv[2:])), authority_folder())
    elif w == "record":
        from .recorder import record
        record(Path(sys.argv[2]), authority_folder())

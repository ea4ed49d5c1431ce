"""One process of the web server: the application, and an end together with the server that started it.

A server that is killed (-9) cannot end its processes. They would go on answering beside those of the next server, with
the code of yesterday and connections that nobody counts.
"""

import ctypes
import multiprocessing
import os
import signal

from polku.site.children import PR_SET_PDEATHSIG
from polku.site.wsgi import application

__all__ = ["application"]

_server = multiprocessing.parent_process()
if _server is not None:
    # Not to be asked gently: an unfinished request is taken back by the database, as if it had been cut.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != _server.pid:  # it has ended meanwhile
        os._exit(1)

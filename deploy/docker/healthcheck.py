"""Asks an address whether it is healthy, as images have no curl. Exit code 0: yes, 1: it says no, 2: no answer."""

import sys
import urllib.error
import urllib.request

try:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(sys.argv[1], timeout=4).close()
except urllib.error.HTTPError as error:
    sys.exit(f"{sys.argv[1]}: {error}")
except OSError as error:
    sys.stderr.write(f"{sys.argv[1]}: {error}\n")
    sys.exit(2)

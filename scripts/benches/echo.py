"""A yardstick for the hop: a bare ROUTER that syncs what it gets and sends it back.

`python -m scripts.benches.echo <endpoint> <file>`, until it is told to stop. One thread, one
blocking receive, one write, one fdatasync, one send: nothing can be durable and answered over
ZeroMQ for less.
"""

import os
import sys

import zmq


def main(endpoint: str, path: str) -> None:
    """Serve."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.bind(endpoint)
        print("ready", flush=True)
        while True:
            identity, payload = router.recv_multipart()
            os.write(file, payload)
            os.fdatasync(file)
            router.send_multipart([identity, payload])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

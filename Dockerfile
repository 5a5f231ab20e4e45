# Three images from one file: `app` runs pages and jobs, `front` is nginx with the static
# files of the very same build. Both run without root.

FROM node:24-bookworm-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY static static
RUN npm run build


FROM python:3.11-slim-bookworm AS packages
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt


FROM python:3.11-slim-bookworm AS app
# Pango lays out prescriptions and invoices; the fonts are what it prints with.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
        postgresql-common \
    # pg_dump and pg_restore of the database's own version, for backups.
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install -y --no-install-recommends postgresql-client-18 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /app clinic \
    && install -d -o clinic -g clinic /data /data/media /data/clinical /data/backups
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
COPY --from=assets /build/static/dist static/dist
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=portal.settings.production \
    HOST=0.0.0.0 \
    PORT=8000 \
    VAR_DIR=/data \
    STATIC_ROOT=/app/collected
# Collecting needs no secret, so it runs with the settings that have none.
RUN DJANGO_SETTINGS_MODULE=portal.settings.base python manage.py collectstatic --noinput \
    && python -m compileall -q accounts audit billing booking clinic clinic_pages \
        foundation home notifications portal records search
USER clinic
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "portal.wsgi:application"]


FROM nginxinc/nginx-unprivileged:1.28-bookworm AS front
COPY --from=app /app/collected /srv/static
COPY deploy/down.html deploy/refused.html /srv/
COPY deploy/nginx.conf /etc/nginx/nginx.conf
COPY deploy/pages.conf deploy/promises.conf deploy/proxy.conf /etc/nginx/
EXPOSE 8080 8443

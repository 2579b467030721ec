# One image for the commands of docker-compose.yml: the locked packages, then the code.
FROM python:3.12-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.lock /
RUN /venv/bin/pip install --no-deps --require-hashes -r /requirements.lock

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TZ=UTC \
    DO_NOT_TRACK=1 \
    AURORA_HOME=/var/lib/aurora
RUN useradd --system --uid 10001 --create-home aurora \
    && install --directory --owner aurora --mode 0700 /var/lib/aurora
COPY --from=packages /venv /venv
WORKDIR /app
COPY pyproject.toml README.md chains.yaml providers.yaml ./
COPY aurora aurora
COPY loaders loaders
COPY dbt_project dbt_project
COPY dagster_defs dagster_defs
COPY api api
# Editable: the registry and the dbt project are found beside the code.
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .
USER aurora
VOLUME /var/lib/aurora
EXPOSE 3000 8000
CMD ["aurora", "--help"]

# The image of credit-ledger: every role, chosen by ROLE, and the command line. It holds what is published (npm pack)
# with the packages of the lock file and Node, no package manager and no database: DATABASE_URL has to name one.
ARG NODE_VERSION=26.10.0
ARG DEBIAN=bookworm

FROM node:${NODE_VERSION}-${DEBIAN}-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY contract/package.json contract/
COPY sdk/package.json sdk/
COPY console/package.json console/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm pack --pack-destination /tmp

FROM node:${NODE_VERSION}-${DEBIAN}-slim AS product
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY contract/package.json contract/
COPY sdk/package.json sdk/
COPY console/package.json console/
RUN npm ci --ignore-scripts --no-audit --no-fund --omit=dev --omit=optional
RUN npm sbom --package-lock-only --sbom-format=cyclonedx --omit=dev --omit=optional > /tmp/sbom.cdx.json
COPY --from=build /tmp/credit-ledger-*.tgz /tmp/product.tgz
# The packages that the repository is made of are in the tarball already.
RUN rm -rf contract sdk console node_modules/@credit-ledger package-lock.json \
  && tar -xzf /tmp/product.tgz --strip-components=1 \
  && mv /tmp/sbom.cdx.json sbom.cdx.json

FROM debian:${DEBIAN}-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends libatomic1 \
  && rm -rf /var/lib/apt/lists/* \
  && install --directory --owner=10001 --group=10001 --mode=0700 /data /data/seals
COPY --from=product /usr/local/bin/node /usr/local/bin/node
COPY --from=product /app /app
RUN ln -s /app/bin/credit-ledger.mjs /usr/local/bin/credit-ledger
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="credit-ledger" \
  org.opencontainers.image.description="An event-driven, double-entry credit ledger on PostgreSQL" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  credit-ledger.sbom="/app/sbom.cdx.json" \
  credit-ledger.sbom.format="CycloneDX"
ENV NODE_ENV=production HOME=/data HOST=0.0.0.0 PORT=4000 DATA_DIR=/data LOG_FORMAT=json
# A number, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /data
# All that is ever written is here; the rest may be mounted read-only.
VOLUME ["/data"]
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
  CMD ["node", "/app/bin/health.mjs"]
ENTRYPOINT ["credit-ledger"]
CMD ["start"]

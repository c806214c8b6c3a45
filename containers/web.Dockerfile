# Nginx with the built web app. Build from the repository's root: docker build -f containers/web.Dockerfile .
ARG BASE=python:3.11-slim-bookworm
ARG NGINX=nginx:1.28

# Node.js comes from the Python package registry, pinned by hash, as on any machine without one (setup/node.sh).
FROM ${BASE} AS build
ARG PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST NPM_CONFIG_REGISTRY
WORKDIR /opt/fovea
COPY setup setup
RUN setup/node.sh
ENV PATH=/opt/fovea/.tools/node/bin:$PATH NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
COPY web/package.json web/package-lock.json web/.npmrc web/
RUN npm --prefix web ci --no-audit --no-fund
COPY web web
# Smaller twins for gzip_static. Not of the page: nginx writes a nonce into it.
RUN npm --prefix web run build \
 && find web/dist/browser -type f ! -name index.html ! -name '*.woff2' ! -name '*.png' -size +1k -exec gzip -9 -k -n {} +

FROM ${NGINX}
# the web app, and a mount point for each volume, of nginx's own user
COPY --from=build /opt/fovea/web/dist/browser /usr/share/fovea/web
COPY nginx/*.conf /etc/nginx/
COPY --chmod=0755 nginx/start.sh /usr/local/bin/start-nginx
RUN rm -rf /etc/nginx/conf.d && install -d -o 101 -g 101 /certificates /acme
USER 101:101
ENTRYPOINT ["start-nginx"]
STOPSIGNAL SIGQUIT

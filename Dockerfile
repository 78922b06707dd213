# The controller alone: its program, the libraries it loads, certificates; no shell, no package manager, no root.
#   docker build -t tflb-controller .
#   docker run --rm -v ~/.kube:/kube:ro -v ~/token:/token:ro tflb-controller --kubeconfig /kube/config --access-token-file /token
FROM debian:12 AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev cmake ninja-build pkg-config libuv1-dev \
    libcurl4-openssl-dev libcjson-dev libyaml-dev libmicrohttpd-dev libssl-dev zlib1g-dev ca-certificates binutils
COPY . /src
RUN cmake -S /src -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release && cmake --build /build --target tflb-controller
RUN /src/deploy/lib/image-root /build/bin/tflb-controller /image

FROM scratch
COPY --from=build /image /
USER 65532:65532
ENTRYPOINT ["/tflb-controller"]

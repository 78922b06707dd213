# The controller alone: one static program, certificates; no library, no shell, no package manager, no root.
#   docker build $(deploy/lib/image-arguments) -t tflb-controller .
#   docker run --rm -v ~/.kube:/kube:ro -v ~/token:/token:ro tflb-controller --kubeconfig /kube/config --access-token-file /token
# For another machine, with --platform linux/arm64, it is compiled on this one. BUILDPLATFORM is set by BuildKit, podman and buildah.
FROM --platform=$BUILDPLATFORM debian:12 AS build
ARG TARGETARCH
RUN dpkg --add-architecture $TARGETARCH
COPY deploy /src/deploy
RUN /src/deploy/lib/static-libs $TARGETARCH
COPY CMakeLists.txt /src/
COPY src /src/src
COPY cmd /src/cmd
ARG VERSION
ARG SOURCE_DATE_EPOCH=0
RUN TFLB_VERSION=$VERSION SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH /src/deploy/release /out $TARGETARCH

FROM scratch
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="tflb-controller" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /out/root /
USER 65532:65532
ENTRYPOINT ["/tflb-controller"]

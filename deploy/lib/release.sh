# shellcheck shell=bash
# shellcheck disable=SC2034
# Sourced by deploy/release and deploy/lib/static-libs, after machine.sh: what both must know of the machine to build for.

: "${root:?}"

# release_for ARCHITECTURE: sets what follows from Debian's word for a machine, "" for this one, and tells it to compiler and
# pkg-config: architecture and triplet, such as amd64 and x86_64-linux-gnu, and libraries, where those of a release are kept.
release_for() {
  local native
  native=$(dpkg --print-architecture)
  architecture=${1:-$native}
  case $architecture in
  amd64) triplet=x86_64-linux-gnu protection=-fcf-protection=full ;;
  arm64) triplet=aarch64-linux-gnu protection=-mbranch-protection=standard ;;
  *) fail "releases are made for amd64 and arm64, not for $architecture" ;;
  esac
  export CC=$triplet-gcc PKG_CONFIG_LIBDIR=/usr/lib/$triplet/pkgconfig:/usr/share/pkgconfig
  libraries=${XDG_CACHE_HOME:-$HOME/.cache}/tflb/static-$architecture-$(sha256sum <"$root/deploy/lib/static-libs" | cut -c 1-8)
}

# Sees to the tools of this machine, and the libraries of the one to build for.
release_packages() {
  local native tools=(make cmake ninja-build pkg-config dpkg-dev ca-certificates)
  local development=(libc6-dev libuv1-dev libyaml-dev libssl-dev libnghttp2-dev)
  native=$(dpkg --print-architecture)
  if [ "$architecture" = "$native" ]; then
    packages_ensure gcc "${tools[@]}" "${development[@]}"
    return
  fi
  dpkg --print-foreign-architectures | grep -qx "$architecture" ||
    fail "this machine may not install packages of $architecture. Allow it, as root:" "dpkg --add-architecture $architecture"
  packages_ensure gcc "gcc-${triplet//_/-}" "${tools[@]}" "${development[@]/%/:$architecture}"
}

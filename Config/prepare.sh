# What Config/run, Config/test and Config/bench have in common; read by them with "source".
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# What the libraries and the servers are called in Debian 12.
packages=(
    librabbitmq-dev libpq-dev libmicrohttpd-dev libsodium-dev zlib1g-dev libqrencode-dev libcurl4-openssl-dev libssl-dev pkg-config
    postgresql-15 postgresql-client-15 rabbitmq-server nginx-light
)
# What the tests call besides.
test_packages=(curl openssl python3-venv zbar-tools)

say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# step NAME COMMAND …: runs the command with its output in a file, and prints a line with its time.
# When it fails, the output is shown.
step() {
    local name=$1 output start end
    shift
    output=$(mktemp) || fail "no temporary file can be made in ${TMPDIR:-/tmp}"
    start=$(date +%s%N)
    printf '  %-36s' "$name"
    if ! "$@" >"$output" 2>&1; then
        printf '\n'
        cat "$output" >&2
        rm -f "$output"
        fail "$name failed"
    fi
    end=$(date +%s%N)
    rm -f "$output"
    printf '%4d.%d s\n' $(((end - start) / 1000000000)) $(((end - start) / 100000000 % 10))
}

missing_packages() {
    local package
    for package in "$@"; do
        # shellcheck disable=SC2016
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s ' "$package"
    done
}

install_packages() {
    local missing
    read -r -a missing <<<"$(missing_packages "$@")"
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        fail "Debian packages are missing, and only root may install them:
    sudo apt-get install ${missing[*]}"
    fi
    # Lists that were never fetched, or are too old to match the archive, are the usual reason for a failure.
    step "apt-get update" apt-get -q update
    step "apt-get install ${#missing[@]} packages" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y --no-install-recommends install "${missing[@]}"
}

require_swift() {
    command -v swift >/dev/null || fail "there is no swift on the PATH: install Swift 6.3 (swift.org) first"
    local version
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1) || true
    [ -n "$version" ] || fail "swift --version does not work: $(swift --version 2>&1 | tail -n 1)"
    if ! printf '6.3\n%s\n' "$version" | sort -V -C; then fail "Swift 6.3 or later is needed; this is Swift $version"; fi
}

# All programs of an installation, optimised.
build_programs() {
    local program
    # One after the other: everything at once would be the benchmarks, too, and take longer.
    for program in turnstile turnstile-seats turnstile-desk turnstile-payments turnstile-ingress turnstile-query turnstile-sandbox; do
        swift build -c release --product "$program" || return
    done
}

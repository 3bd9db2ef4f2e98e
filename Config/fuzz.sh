# The fuzzer of the HTTP interface: read with "source" after prepare.sh.
#
# schemathesis sends bodies and parameters that the description allows, and others that it forbids, to an installation,
# and holds every answer against the description. No answer may be a server error, none off its schema.
# shellcheck shell=bash

# Where the fuzzer is installed: kept from run to run, since that takes most of a minute.
fuzzer=$root/.build/fuzzer

# What changes the list installs it anew.
install_fuzzer() {
    local wanted=$root/Config/fuzz/requirements.txt
    if cmp -s "$wanted" "$fuzzer/requirements.txt"; then return; fi
    rm -rf "$fuzzer"
    /usr/bin/python3 -m venv "$fuzzer"
    "$fuzzer/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$fuzzer/requirements.txt"
}

# fuzz RUN_JSON [ARGUMENT …]: fuzzes the installation that the file tells of. More arguments are schemathesis' own.
fuzz() {
    local run=$1 folder gateway status=0
    shift
    folder=$(mktemp -d "${TMPDIR:-/tmp}/turnstile-fuzz.XXXXXX") || return 1
    gateway=$(sed -nE 's/^ *"gateway" : "(.*)",?$/\1/p' "$run")
    if curl -sf --max-time 10 -o "$folder/openapi.json" "$gateway/openapi.json" \
        && "$fuzzer/bin/python" "$root/Config/fuzz/validate.py" "$folder/openapi.json"; then
        cp "$root"/Config/fuzz/{hooks.py,shop.py,schemathesis.toml} "$folder"
        (
            cd "$folder"
            # In the foreground, so that Ctrl-C reaches it. What takes longer hangs.
            TURNSTILE_FUZZ_RUN=$run PYTHONPATH=$folder timeout --foreground --kill-after=10 600 \
                "$fuzzer/bin/schemathesis" --config-file schemathesis.toml run openapi.json --url "$gateway" \
                --no-color "$@"
        ) || status=$?
    else
        status=1
    fi
    rm -rf "$folder"
    return "$status"
}

# fuzz_installation TURNSTILE [ARGUMENT …]: the same with an installation of its own, which is thrown away.
fuzz_installation() (
    turnstile=$1
    shift
    # Without a folder of its own it would be somebody else's installation.
    TURNSTILE_HOME=$(mktemp -d "${TMPDIR:-/tmp}/turnstile-fuzzed.XXXXXX") || return 1
    export TURNSTILE_HOME
    trap '"$turnstile" reset --yes >/dev/null || true; rm -rf "$TURNSTILE_HOME"' EXIT
    is_up=false
    for _ in 1 2 3 4 5; do
        export TURNSTILE_PORT_BASE=$((20000 + RANDOM % 280 * 40))
        if output=$("$turnstile" up --detach --not-durable --config "$root/Config" 2>&1); then
            is_up=true
            break
        fi
        # Somebody else has a port: other ports.
        case $output in *" cannot be used "*) ;; *) break ;; esac
    done
    if ! $is_up; then
        say "the installation to be fuzzed did not come up: $output"
        return 1
    fi
    fuzz "$TURNSTILE_HOME/run.json" "$@"
)

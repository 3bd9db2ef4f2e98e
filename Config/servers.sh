# A private Postgres and RabbitMQ for tests and benchmarks; read with "source" after prepare.sh.
# shellcheck shell=bash

# start_servers TURNSTILE [OPTION …]: starts a pair in a new folder on ports that are free, and exports
# TURNSTILE_TEST_SERVERS. The pair is stopped and its folder removed when the script ends.
start_servers() {
    local turnstile=$1 attempt output
    shift
    TURNSTILE_HOME=$(mktemp -d "${TMPDIR:-/tmp}/turnstile-servers.XXXXXX")
    export TURNSTILE_HOME
    trap stop_servers EXIT
    servers_tool=$turnstile
    for attempt in 1 2 3 4 5; do
        # Below the range from which the kernel takes ports for outgoing connections.
        TURNSTILE_PORT_BASE=$((20000 + RANDOM % 280 * 40))
        export TURNSTILE_PORT_BASE
        if output=$("$turnstile" up --servers-only --detach --config "$root/Config" "$@" 2>&1); then
            export TURNSTILE_TEST_SERVERS=$TURNSTILE_HOME/run.json
            unset TURNSTILE_PORT_BASE
            return
        fi
        case $output in *" cannot be used "*) continue ;; esac
        break
    done
    say "the servers did not come up: $output" >&2
    return 1
}

stop_servers() {
    local status=$?
    "$servers_tool" reset --yes >/dev/null || status=1
    exit "$status"
}

# The peers of the payment tests, from PyPI: read with "source" after prepare.sh.
#
# localstripe answers like Stripe and sends webhooks; the library `stripe` is Stripe's own, and signs and checks them.
# shellcheck shell=bash

# Where they are installed: kept from run to run. The tests look here, and fail where there is nothing.
payment_peers=$root/.build/payment-peers

# What changes the list installs them anew.
install_payment_peers() {
    local wanted=$root/Config/payments/requirements.txt
    if cmp -s "$wanted" "$payment_peers/requirements.txt"; then return; fi
    rm -rf "$payment_peers"
    /usr/bin/python3 -m venv "$payment_peers"
    "$payment_peers/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$payment_peers/requirements.txt"
}

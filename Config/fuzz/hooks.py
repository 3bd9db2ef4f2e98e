"""What the fuzzer has to know of Turnstile: which key an operation needs, and ids of things that exist.

Without these it would knock on closed doors only: ids are opaque, so it could never guess one.
"""

import os
import random
import threading
import uuid
from datetime import datetime

import schemathesis
from hypothesis import strategies as st

from shop import Shop

# The same in every run, and none of the fuzzer's own.
CHOICE = random.Random(20350301)
LOCK = threading.Lock()
SHOP = Shop(os.environ["TURNSTILE_FUZZ_RUN"])
SHOP.open()

# What would end the things that the others need.
DEADLY = {"cancelEvent", "cancelShow"}
PREFIXES = {
    "events": "evt",
    "shows": "shw",
    "reservations": "rsv",
    "bookings": "bkg",
    "tickets": "tkt",
    "desk/tickets": "dsk",
    "payments": "pay",
    "waitlist": "wtl",
    "requests": "req",
}


def name(operation):
    return operation.definition.raw.get("operationId") if operation is not None else None


def is_negative(case):
    return case.meta is None or case.meta.generation.mode.is_negative


@schemathesis.auth(refresh_interval=None)
class Keys:
    """One of the demo tenant's keys, the first whose scope is enough; or the token of an account's login."""

    def get(self, case, context):
        security = case.operation.definition.raw.get("security") or []
        if name(case.operation) == "logout":
            # One that nobody else needs.
            return SHOP.log_in()
        if any("session" in need for need in security) and not any(need.get("key") for need in security):
            return SHOP.session
        return next((SHOP.keys[need["key"][0]] for need in security if need.get("key")), None)

    def set(self, case, data, context):
        if data:
            case.headers["Authorization"] = "Bearer " + data


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Mostly something that exists, where it is about a thing."""
    if context.operation is None or not path_parameters or "id" not in path_parameters:
        return path_parameters
    thing = context.operation.path.split("/{")[0].removeprefix("/v1/")
    with LOCK:
        ids = SHOP.ids(PREFIXES.get(thing), with_lasting=name(context.operation) not in DEADLY)
        if ids and CHOICE.random() < 0.8:
            return {**path_parameters, "id": CHOICE.choice(ids)}
    return path_parameters


def whole(value):
    """Numbers without a fraction as they are written here."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [whole(one) for one in value]
    if isinstance(value, dict):
        return {name: whole(one) for name, one in value.items()}
    return value


@schemathesis.hook
def map_body(context, body):
    if name(context.operation) == "bulk":
        with LOCK:
            return SHOP.lines(body)
    return whole(body)


@schemathesis.hook
def before_call(context, case, kwargs):
    if is_negative(case):
        return
    with LOCK:
        # With the few keys that the fuzzer makes, nearly all requests would be retries of others.
        if "Idempotency-Key" in case.headers and CHOICE.random() < 0.8:
            case.headers["Idempotency-Key"] = str(uuid.UUID(int=CHOICE.getrandbits(128)))
        # Answers are what is looked at: late ones come anyhow.
        if "Prefer" in case.headers:
            waits = ["wait=0", "wait=1"] if case.method == "GET" else ["wait=5", "wait=2", "wait=0", "respond-async"]
            case.headers["Prefer"] = CHOICE.choice(waits)
        if isinstance(case.body, dict) and CHOICE.random() < 0.7:
            SHOP.make_sensible(case.body, CHOICE)


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code < 300:
        with LOCK:
            SHOP.learn(response.content.decode(errors="replace"))


# Those that the description allows in words.
times = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9999, 12, 30))
schemathesis.openapi.format("date-time", times.map(lambda time: time.isoformat() + "Z"))


@schemathesis.serializer("application/x-ndjson")
def ndjson(context, value):
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else str(value).encode()

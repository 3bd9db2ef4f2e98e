"""Signs and checks webhooks with Stripe's own library.

signatures.py FILE: the file is a JSON list of cases; the result, on standard output, a list of the same length.
  {"sign": secret, "time": seconds, "body": text}               -> the header
  {"check": secret, "header": text, "body": text, "age": s}     -> "good", or why it is refused
"""

import json
import sys

import stripe


def sign(case):
    signed = "%d.%s" % (case["time"], case["body"])
    return "t=%d,v1=%s" % (case["time"], stripe.WebhookSignature._compute_signature(signed, case["sign"]))


def check(case):
    try:
        stripe.Webhook.construct_event(
            case["body"].encode(), case["header"], case["check"], tolerance=case["age"])
    except stripe.SignatureVerificationError as error:
        return str(error)
    return "good"


with open(sys.argv[1], encoding="utf-8") as file:
    cases = json.load(file)
print(json.dumps([sign(case) if "sign" in case else check(case) for case in cases]))

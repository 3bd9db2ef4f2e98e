"""Something to buy, for the fuzzer: events that last, an account with a desk, and the ids of whatever comes into being."""

import json
import random
import re
import urllib.request

ID = re.compile(r"\b((?:evt|shw|rsv|bkg|tkt|pay|wtl|dsk)_[0-9A-Za-z]+|req_[0-9A-Za-z_-]+)")


class Shop:
    # Ids of a kind that are kept, the newest.
    kept = 40
    password = "correct horse battery staple"

    def __init__(self, run):
        with open(run, encoding="utf-8") as file:
            run = json.load(file)
        self.keys = run["keys"]
        self.address = run["gateway"]
        self.fresh = {}
        self.lasting = {}
        self.client = None
        self.session = None

    def call(self, key, path, body=None):
        request = urllib.request.Request(self.address + path, method="GET" if body is None else "POST")
        if key is not None:
            request.add_header("Authorization", "Bearer " + self.keys.get(key, key))
        data = None
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.add_header("Prefer", "wait=30")
            data = json.dumps(body).encode()
        with urllib.request.urlopen(request, data, timeout=60) as response:
            if response.status not in (200, 201):
                raise RuntimeError(f"{path} was answered {response.status}")
            text = response.read().decode()
        self.learn(text, self.lasting)
        return json.loads(text)

    def open(self):
        """An event that costs something, one that is free, and what there is to see of both."""
        for price in (5000, 0):
            show = self.call("manage", "/v1/events", self.event(price))["shows"][0]["showId"]
            reservations = f"/v1/shows/{show}/reservations"
            for number in range(4):
                wish = {"buyer": f"b-{number}", "tier": "A", "quantity": 2}
                hold = self.call("produce", reservations, wish)["reservationId"]
                if number % 2 == 0:
                    # What is free is booked at once.
                    self.call("produce", f"/v1/reservations/{hold}/checkout", {"provider": "sandbox"})
            self.call("produce", reservations, {"buyer": "b-9", "tier": "C", "quantity": 2})
            self.call("produce", f"/v1/shows/{show}/waitlist", {"buyer": "b-8", "tier": "C", "quantity": 1})
        account = {"clientName": "Fuzz", "officialEmail": "fuzz@example.com", "password": self.password}
        self.client = self.call(None, "/v1/accounts", account)["clientId"]
        self.session = self.log_in()
        for kind in ("GOLD", "SILVER", "BRONZE"):
            self.call(self.session, "/v1/desk/tickets", {"ticketType": kind})

    def log_in(self):
        return self.call(None, "/v1/accounts/login", {"clientId": self.client, "password": self.password})["token"]

    @staticmethod
    def event(price):
        sections = [
            {"name": "Floor", "tier": "A", "rows": [{"name": row, "seats": 500} for row in "AB"]},
            {"name": "Standing", "tier": "B", "capacity": 300},
            {"name": "Box", "tier": "C", "capacity": 2},
        ]
        return {
            "name": "New Year's Concert",
            "venue": {"name": "Hall", "city": "Berlin", "country": "DE", "location": {"lat": 52.5, "lon": 13.4}},
            "currency": "EUR",
            "maxTicketsPerBuyer": 50,
            "holdSeconds": 3600,
            "tiers": [{"name": tier, "price": price} for tier in "ABC"],
            "shows": [{"startsAt": "2035-12-31T20:00:00Z", "sections": sections}],
        }

    def learn(self, text, into=None):
        into = self.fresh if into is None else into
        for found in ID.findall(text):
            kept = into.setdefault(found[:3], [])
            if found not in kept and found not in self.lasting.get(found[:3], ()):
                kept.append(found)
                del kept[: -self.kept]

    def ids(self, prefix, with_lasting=True):
        # Half of them are those that last, however many others there are.
        fresh, lasting = self.fresh.get(prefix, []), self.lasting.get(prefix, [])
        if not with_lasting or not lasting:
            return fresh
        return fresh + lasting * max(1, len(fresh) // len(lasting))

    def make_sensible(self, body, choice):
        """Words of a body that the lasting events know."""
        if "buyer" in body:
            body["buyer"] = f"b-{choice.randint(0, 30)}"
            if "tier" in body:
                body["tier"] = choice.choice("AABC")
            if "quantity" in body:
                body["quantity"] = choice.randint(1, 4)
        if "seats" in body:
            numbers = choice.sample(range(1, 501), min(3, len(body["seats"])))
            body["seats"] = [f"Floor/{choice.choice('AB')}/{number}" for number in numbers]
        tickets = self.ids("tkt")
        if "tickets" in body and tickets:
            body["tickets"] = [choice.choice(tickets)]
        if "ticketType" in body:
            body["ticketType"] = choice.choice(("GOLD", "SILVER", "BRONZE"))
        if "clientId" in body:
            body["clientId"] = self.client
            body["password"] = self.password
        if "amount" in body:
            body["amount"] = choice.randint(1, 50)

    def lines(self, seed):
        """A body for `POST /v1/commands`: lines that are good, and lines that are not."""
        choice = random.Random(str(seed))
        shows, holds = self.ids("shw"), self.ids("rsv")
        found = []
        for _ in range(choice.randint(1, 6)):
            kind = choice.randint(0, 4)
            if kind == 0 and shows:
                body = {"buyer": f"b-{choice.randint(0, 99)}", "tier": "A", "quantity": choice.randint(0, 3)}
                found.append({"route": f"POST /v1/shows/{choice.choice(shows)}/reservations", "body": body})
            elif kind == 1 and holds:
                found.append({"route": f"DELETE /v1/reservations/{choice.choice(holds)}"})
            elif kind == 2:
                found.append({"route": "POST /v1/events", "body": {"name": "x"}, "idempotencyKey": str(seed)[:9]})
            elif kind == 3:
                found.append({"route": str(seed), "body": choice.choice([None, 7, "x", [], {}])})
            else:
                found.append(choice.choice([None, [], {}, 7, str(seed)]))
        text = "\n".join(json.dumps(line) for line in found)
        return text if choice.random() < 0.8 else f"{text}\n{seed}"

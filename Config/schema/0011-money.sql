-- Money: what payments are called at their providers, and the books.

-- Written by whoever calls a provider, before anybody else is told.
CREATE TABLE provider_payment (
    event              uuid NOT NULL,
    payment            uuid NOT NULL,
    payment_index      integer NOT NULL,
    tenant             uuid NOT NULL,
    reservation        uuid NOT NULL,
    reservation_index  integer NOT NULL,
    provider           text NOT NULL,
    -- The provider's name for it; none until it is made.
    reference          text,
    -- How the buyer pays: a secret or a page, sealed for readers.
    access             bytea,
    -- It was to be cancelled: if it is made after that, then only to be cancelled.
    is_unwanted        boolean NOT NULL DEFAULT false,
    created_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event, payment, payment_index)
) WITH (fillfactor = 80);
-- A provider's message may say nothing but its own name for a payment.
CREATE UNIQUE INDEX provider_payment_reference ON provider_payment (provider, reference) WHERE reference IS NOT NULL;

-- Signed by a provider, and about nothing that anybody here knows: for a person to look at.
CREATE TABLE stray_message (
    provider   text NOT NULL,
    message    text NOT NULL,
    news       text NOT NULL,
    reference  text,
    amount     bigint,
    currency   text,
    at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, message)
);

-- Each row moves an amount from one account to another, so the books balance by their form. The accounts of a payment:
--
--     provider   what the provider has taken for us and not given back
--     owed       taken, and not known to be for anything: nothing, after each decision
--     sales      taken for a booking
--     refunds    to be given back, and not known to have arrived
--     incidents  taken for nothing that anybody knows
--     disputed   taken back by the buyer's bank until it is settled
--     lost       taken back by the buyer's bank for good
CREATE TABLE ledger (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event          uuid NOT NULL,
    payment        uuid NOT NULL,
    payment_index  integer NOT NULL,
    what           text NOT NULL,
    source         text NOT NULL,
    target         text NOT NULL CHECK (target <> source),
    amount         bigint NOT NULL CHECK (amount > 0),
    currency       text NOT NULL,
    at             timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ledger_payment ON ledger (event, payment, payment_index);

-- What an account of a payment has: what came to it without what left it.
CREATE FUNCTION ledger_balance(its_event uuid, its_payment uuid, its_index integer, account text) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(CASE account WHEN target THEN amount WHEN source THEN -amount ELSE 0 END), 0)::bigint
    FROM ledger
    WHERE event = its_event AND payment = its_payment AND payment_index = its_index
$$;

CREATE FUNCTION post(
    its_event uuid, its_payment uuid, its_index integer, what text, source text, target text, amount bigint,
    currency text
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO ledger (event, payment, payment_index, what, source, target, amount, currency)
    SELECT its_event, its_payment, its_index, post.what, post.source, post.target, post.amount, post.currency
    WHERE post.amount > 0
$$;

-- The books are kept by the tables themselves, in the transaction that writes the decision: nobody who changes what
-- was paid can forget them. A group of decisions writes each row once, as it is in the end, so each entry is what is
-- left to be done.
-- First what is for nothing, then what was for the booking, and never more than there is: what a provider gave back
-- beyond that is an incident.
CREATE FUNCTION post_refund_of(r refund, its_currency text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    idle bigint := least(r.amount, ledger_balance(r.event, r.payment, r.payment_index, 'owed'));
    sold bigint := least(r.amount - idle, ledger_balance(r.event, r.payment, r.payment_index, 'sales'));
BEGIN
    PERFORM post(r.event, r.payment, r.payment_index, 'refund', 'owed', 'refunds', idle, its_currency);
    PERFORM post(r.event, r.payment, r.payment_index, 'refund', 'sales', 'refunds', sold, its_currency);
    IF r.status = 2 THEN
        PERFORM post(r.event, r.payment, r.payment_index, 'refunded', 'refunds', 'provider', idle + sold, its_currency);
    END IF;
END
$$;

-- Gone until it is settled, and then back, or lost.
CREATE FUNCTION post_dispute_of(d dispute, was smallint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    idle bigint;
    sold bigint;
BEGIN
    IF was IS NULL THEN
        PERFORM post(
            d.event, d.payment, d.payment_index, 'disputed', 'disputed', 'provider', d.amount, d.currency);
    END IF;
    IF d.status = 1 THEN
        PERFORM post(d.event, d.payment, d.payment_index, 'won', 'provider', 'disputed', d.amount, d.currency);
    ELSIF d.status = 2 THEN
        idle := least(d.amount, ledger_balance(d.event, d.payment, d.payment_index, 'owed'));
        sold := least(d.amount - idle, ledger_balance(d.event, d.payment, d.payment_index, 'sales'));
        PERFORM post(d.event, d.payment, d.payment_index, 'lost', 'owed', 'disputed', idle, d.currency);
        PERFORM post(d.event, d.payment, d.payment_index, 'lost', 'sales', 'disputed', sold, d.currency);
        PERFORM post(
            d.event, d.payment, d.payment_index, 'lost', 'lost', 'disputed', d.amount - idle - sold, d.currency);
    END IF;
END
$$;

-- What was told before the money was counts from now on.
CREATE FUNCTION post_capture() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    r refund;
    d dispute;
BEGIN
    PERFORM post(
        NEW.event, NEW.id, NEW.id_index, 'captured', 'provider', 'owed', NEW.captured, NEW.captured_currency);
    FOR r IN SELECT * FROM refund WHERE (event, payment, payment_index) = (NEW.event, NEW.id, NEW.id_index)
        AND coalesce(currency, NEW.captured_currency) = NEW.captured_currency
    LOOP
        PERFORM post_refund_of(r, NEW.captured_currency);
    END LOOP;
    FOR d IN SELECT * FROM dispute WHERE (event, payment, payment_index) = (NEW.event, NEW.id, NEW.id_index)
        AND currency = NEW.captured_currency
    LOOP
        PERFORM post_dispute_of(d, NULL);
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER payment_captured AFTER INSERT ON payment
    FOR EACH ROW WHEN (NEW.captured > 0) EXECUTE FUNCTION post_capture();
CREATE TRIGGER payment_captured_later AFTER UPDATE ON payment
    FOR EACH ROW WHEN (OLD.captured IS NULL AND NEW.captured > 0) EXECUTE FUNCTION post_capture();

-- Of what a payment paid for, as far as it is for nothing else.
CREATE FUNCTION post_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM post(
        NEW.event, NEW.payment, NEW.payment_index, 'booked', 'owed', 'sales',
        ledger_balance(NEW.event, NEW.payment, NEW.payment_index, 'owed'), p.captured_currency)
    FROM payment AS p
    WHERE p.event = NEW.event AND p.id = NEW.payment AND p.id_index = NEW.payment_index AND p.captured > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER booking_paid AFTER INSERT ON booking FOR EACH ROW EXECUTE FUNCTION post_booking();
CREATE TRIGGER booking_paid_otherwise AFTER UPDATE ON booking
    FOR EACH ROW WHEN (OLD.payment IS DISTINCT FROM NEW.payment OR OLD.payment_index IS DISTINCT FROM NEW.payment_index)
    EXECUTE FUNCTION post_booking();

CREATE FUNCTION post_refund() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_currency text;
BEGIN
    SELECT captured_currency INTO its_currency FROM payment
    WHERE event = NEW.event AND id = NEW.payment AND id_index = NEW.payment_index AND captured > 0;
    IF its_currency IS NULL OR NEW.currency <> its_currency THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        PERFORM post_refund_of(NEW, its_currency);
    ELSE
        PERFORM post(
            NEW.event, NEW.payment, NEW.payment_index, 'refunded', 'refunds', 'provider', NEW.amount, its_currency);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER refund_asked AFTER INSERT ON refund FOR EACH ROW EXECUTE FUNCTION post_refund();
CREATE TRIGGER refund_done AFTER UPDATE ON refund
    FOR EACH ROW WHEN (OLD.status <> 2 AND NEW.status = 2) EXECUTE FUNCTION post_refund();

CREATE FUNCTION post_dispute() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM payment
    WHERE event = NEW.event AND id = NEW.payment AND id_index = NEW.payment_index AND captured > 0
        AND captured_currency = NEW.currency;
    IF FOUND AND TG_OP = 'INSERT' THEN
        PERFORM post_dispute_of(NEW, NULL);
    ELSIF FOUND THEN
        PERFORM post_dispute_of(NEW, OLD.status);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER dispute_opened AFTER INSERT ON dispute FOR EACH ROW EXECUTE FUNCTION post_dispute();
CREATE TRIGGER dispute_settled AFTER UPDATE ON dispute
    FOR EACH ROW WHEN (OLD.status = 0 AND NEW.status <> 0) EXECUTE FUNCTION post_dispute();

CREATE FUNCTION post_incident() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM post(
        NEW.event, NEW.payment, NEW.payment_index, 'incident', 'provider', 'incidents', NEW.amount, NEW.currency);
    RETURN NULL;
END
$$;
CREATE TRIGGER incident_seen AFTER INSERT ON incident
    FOR EACH ROW WHEN (NEW.amount > 0) EXECUTE FUNCTION post_incident();

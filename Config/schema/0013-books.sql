-- The books where refunds and disputes cross each other, and where an amount becomes known to be larger.

-- What follows when money comes that refunds were told of before.
CREATE INDEX refund_payment ON refund (event, payment, payment_index);

-- First what is for nothing, then what was for the booking, and never more than there is: what a provider gave back
-- beyond that is an incident. What has arrived counts against all that is to be given back, whichever refund that stood
-- for: where one of ours failed, a person gives the same money back on the provider's page.
CREATE OR REPLACE FUNCTION post_refund_of(r refund, its_currency text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    idle bigint := least(r.amount, ledger_balance(r.event, r.payment, r.payment_index, 'owed'));
    sold bigint := least(r.amount - idle, ledger_balance(r.event, r.payment, r.payment_index, 'sales'));
BEGIN
    PERFORM post(r.event, r.payment, r.payment_index, 'refund', 'owed', 'refunds', idle, its_currency);
    PERFORM post(r.event, r.payment, r.payment_index, 'refund', 'sales', 'refunds', sold, its_currency);
    IF r.status = 2 THEN
        PERFORM post_arrival_of(r, its_currency);
    END IF;
END
$$;

CREATE FUNCTION post_arrival_of(r refund, its_currency text) RETURNS void LANGUAGE sql AS $$
    SELECT post(
        r.event, r.payment, r.payment_index, 'refunded', 'refunds', 'provider',
        least(r.amount, ledger_balance(r.event, r.payment, r.payment_index, 'refunds')), its_currency)
$$;

CREATE OR REPLACE FUNCTION post_refund() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_currency text;
    r refund := NEW;
BEGIN
    SELECT captured_currency INTO its_currency FROM payment
    WHERE event = NEW.event AND id = NEW.payment AND id_index = NEW.payment_index AND captured > 0;
    IF its_currency IS NULL OR NEW.currency <> its_currency THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        PERFORM post_refund_of(NEW, its_currency);
        RETURN NULL;
    END IF;
    -- It is told to be larger than it was.
    r.amount := NEW.amount - OLD.amount;
    IF OLD.status = 2 THEN
        PERFORM post_refund_of(r, its_currency);
    ELSE
        r.status := 0;
        PERFORM post_refund_of(r, its_currency);
        PERFORM post_arrival_of(NEW, its_currency);
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER refund_done ON refund;
CREATE TRIGGER refund_done AFTER UPDATE ON refund
    FOR EACH ROW WHEN (NEW.status = 2 AND (OLD.status <> 2 OR NEW.amount > OLD.amount)) EXECUTE FUNCTION post_refund();

-- One that was won may be lost after all, and one may be told to be larger than it was.
CREATE OR REPLACE FUNCTION post_dispute() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    d dispute := NEW;
BEGIN
    PERFORM FROM payment
    WHERE event = NEW.event AND id = NEW.payment AND id_index = NEW.payment_index AND captured > 0
        AND captured_currency = NEW.currency;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' OR OLD.status = 1 AND NEW.status = 2 THEN
        PERFORM post_dispute_of(NEW, NULL);
    ELSIF OLD.status = 0 THEN
        PERFORM post(
            NEW.event, NEW.payment, NEW.payment_index, 'disputed', 'disputed', 'provider', NEW.amount - OLD.amount,
            NEW.currency);
        PERFORM post_dispute_of(NEW, OLD.status);
    ELSIF OLD.status = 2 THEN
        d.amount := NEW.amount - OLD.amount;
        PERFORM post_dispute_of(d, NULL);
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER dispute_settled ON dispute;
CREATE TRIGGER dispute_settled AFTER UPDATE ON dispute
    FOR EACH ROW WHEN (OLD.status <> NEW.status OR NEW.amount > OLD.amount) EXECUTE FUNCTION post_dispute();

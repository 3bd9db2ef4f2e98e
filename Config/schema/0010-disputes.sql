-- What providers tell of money besides that it was taken.

ALTER TABLE payment
    DROP CONSTRAINT payment_status_check,
    -- 0 creating, 1 pending, 2 failed, 3 cancelled, 4 succeeded, 5 refund pending, 6 refunded, 7 incident, 8 disputed.
    ADD CONSTRAINT payment_status_check CHECK (status BETWEEN 0 AND 8);

-- A refund that was made on the provider's own page is known by the provider's name for it, and counts where it is in
-- the currency that was taken: it may be told before the money is.
ALTER TABLE refund
    ADD COLUMN reference text,
    ADD COLUMN currency text CHECK (length(currency) = 3),
    DROP CONSTRAINT refund_reason_check,
    -- 0 booking cancelled, 1 show cancelled, 2 by a manager, 3 too late, 4 paid twice, 5 wrong amount, 6 by the
    -- provider.
    ADD CONSTRAINT refund_reason_check CHECK (
        reason BETWEEN 0 AND 6 AND (reason = 6) = (reference IS NOT NULL) AND (reason = 6) = (currency IS NOT NULL));

-- A buyer's bank takes the money back until it is settled.
CREATE TABLE dispute (
    event          uuid NOT NULL,
    payment        uuid NOT NULL,
    payment_index  integer NOT NULL,
    -- The provider's name for it.
    reference      text NOT NULL,
    amount         bigint NOT NULL CHECK (amount > 0),
    currency       text NOT NULL CHECK (length(currency) = 3),
    -- 0 opened, 1 won, 2 lost.
    status         smallint NOT NULL CHECK (status BETWEEN 0 AND 2),
    PRIMARY KEY (event, payment, payment_index, reference)
);

-- What is sold and who has it.
--
-- Every key begins with the event, so that the rows that a decision touches are neighbours. The rows of an event are
-- written by the one owner of its partition, behind the fence of the transaction's first statement. There are no
-- foreign keys: each would add a look and a row lock to the hottest inserts, and say less than the rule book has
-- checked. What must hold even if the rule book were wrong is a primary key: a place has one claim.
--
-- Ids that a decision made are a command's and a number: id and id_index.

CREATE TABLE event (
    id                     uuid PRIMARY KEY,
    tenant                 uuid NOT NULL,
    name                   text NOT NULL,
    description            text NOT NULL,
    category               text NOT NULL,
    language               text NOT NULL,
    duration_minutes       bigint,
    venue                  text NOT NULL,
    city                   text NOT NULL,
    country                text NOT NULL,
    -- Millionths of a degree.
    latitude               integer,
    longitude              integer,
    performers             text[] NOT NULL,
    currency               text NOT NULL CHECK (length(currency) = 3),
    max_tickets_per_buyer  integer NOT NULL,
    hold_seconds           bigint NOT NULL,
    payment_seconds        bigint NOT NULL,
    offer_seconds          bigint NOT NULL,
    max_pass_overs         integer NOT NULL,
    -- 0 active, 1 cancelled.
    status                 smallint NOT NULL CHECK (status IN (0, 1))
);
CREATE INDEX event_tenant ON event (tenant, id);

-- Prices and refund policies, 0, 1, 2 …; the last hold for what is sold now.
CREATE TABLE event_terms (
    event   uuid NOT NULL,
    number  integer NOT NULL CHECK (number >= 0),
    -- [{"name": "A", "price": 1999}, …]
    tiers   jsonb NOT NULL,
    -- [{"hoursBefore": 24, "percent": 100}, …]
    policy  jsonb NOT NULL,
    PRIMARY KEY (event, number)
);

CREATE TABLE show (
    event        uuid NOT NULL,
    number       integer NOT NULL CHECK (number > 0),
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz,
    sales_start  timestamptz,
    -- Without one, when it starts.
    sales_end    timestamptz,
    -- 0 active, 1 cancelled.
    status       smallint NOT NULL CHECK (status IN (0, 1)),
    -- While a cancelled show is unwound: the first place that is not done yet.
    unwind_from  bigint,
    -- Of the newest change that readers were told.
    version      bigint NOT NULL,
    -- [{"name", "tier", "rows": [{"name", "seats"}, …]} or {"name", "tier", "capacity"}, …]: never changes.
    layout       jsonb NOT NULL,
    PRIMARY KEY (event, number)
    -- The version changes with every commit: the layout is kept out of the row.
) WITH (fillfactor = 50, toast_tuple_target = 128, autovacuum_vacuum_cost_delay = 0);

-- A place that is not free. Who has it changes only from the one who had it.
CREATE TABLE claim (
    event         uuid NOT NULL,
    show          integer NOT NULL,
    place         integer NOT NULL CHECK (place > 0),
    -- The reservation; none: blocked by the house.
    holder        uuid,
    holder_index  integer,
    -- 0 held, 1 sold, 2 blocked.
    kind          smallint NOT NULL CHECK (kind IN (0, 1, 2) AND (kind = 2) = (holder IS NULL)),
    PRIMARY KEY (event, show, place)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE reservation (
    event       uuid NOT NULL,
    id          uuid NOT NULL,
    id_index    integer NOT NULL,
    show        integer NOT NULL,
    buyer       text NOT NULL,
    places      integer[] NOT NULL,
    total       bigint NOT NULL,
    terms       integer NOT NULL,
    -- 0 held, 1 paying, 2 booked, 3 released, 4 expired, 5 cancelled.
    status      smallint NOT NULL CHECK (status BETWEEN 0 AND 5),
    is_offer    boolean NOT NULL,
    created_at  timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    PRIMARY KEY (event, id, id_index)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE payment (
    event              uuid NOT NULL,
    id                 uuid NOT NULL,
    id_index           integer NOT NULL,
    reservation        uuid NOT NULL,
    reservation_index  integer NOT NULL,
    attempt            integer NOT NULL,
    provider           text NOT NULL,
    reference          text,
    amount             bigint NOT NULL CHECK (amount >= 0),
    accept_equivalent  boolean NOT NULL,
    -- 0 creating, 1 pending, 2 failed, 3 cancelled, 4 succeeded, 5 refund pending, 6 refunded, 7 incident.
    status             smallint NOT NULL CHECK (status BETWEEN 0 AND 7),
    captured           bigint,
    captured_currency  text CHECK ((captured IS NULL) = (captured_currency IS NULL)),
    reason             text,
    PRIMARY KEY (event, id, id_index)
) WITH (fillfactor = 80);

CREATE TABLE refund (
    event          uuid NOT NULL,
    id             uuid NOT NULL,
    id_index       integer NOT NULL,
    payment        uuid NOT NULL,
    payment_index  integer NOT NULL,
    amount         bigint NOT NULL CHECK (amount > 0),
    -- 0 booking cancelled, 1 show cancelled, 2 by a manager, 3 too late, 4 paid twice, 5 wrong amount.
    reason         smallint NOT NULL CHECK (reason BETWEEN 0 AND 5),
    -- 0 pending, 1 failed, 2 succeeded.
    status         smallint NOT NULL CHECK (status BETWEEN 0 AND 2),
    PRIMARY KEY (event, id, id_index)
) WITH (fillfactor = 80);

-- Its id is its reservation's.
CREATE TABLE booking (
    event          uuid NOT NULL,
    id             uuid NOT NULL,
    id_index       integer NOT NULL,
    show           integer NOT NULL,
    buyer          text NOT NULL,
    payment        uuid NOT NULL,
    payment_index  integer NOT NULL,
    terms          integer NOT NULL,
    booked_at      timestamptz NOT NULL,
    is_moved       boolean NOT NULL,
    -- 0 booked, 1 cancelled.
    status         smallint NOT NULL CHECK (status IN (0, 1)),
    PRIMARY KEY (event, id, id_index)
);

CREATE TABLE ticket (
    event          uuid NOT NULL,
    id             uuid NOT NULL,
    id_index       integer NOT NULL,
    booking        uuid NOT NULL,
    booking_index  integer NOT NULL,
    show           integer NOT NULL,
    place          integer NOT NULL,
    price          bigint NOT NULL,
    -- When it ceased to be valid.
    ended_at       timestamptz,
    PRIMARY KEY (event, id, id_index)
);
-- A place has one valid ticket, whatever the rule book says.
CREATE UNIQUE INDEX ticket_place ON ticket (event, show, place) WHERE ended_at IS NULL;

CREATE TABLE waitlist_entry (
    event              uuid NOT NULL,
    id                 uuid NOT NULL,
    id_index           integer NOT NULL,
    show               integer NOT NULL,
    tier               integer NOT NULL,
    buyer              text NOT NULL,
    quantity           integer NOT NULL,
    -- The order in the line: the show's version when it joined.
    line_order         bigint NOT NULL,
    -- 0 waiting, 1 offered, 2 taken, 3 lapsed, 4 left.
    status             smallint NOT NULL CHECK (status BETWEEN 0 AND 4),
    pass_overs         integer NOT NULL,
    gather_until       timestamptz,
    -- Of the offer.
    reservation        uuid,
    reservation_index  integer,
    ended_at           timestamptz,
    PRIMARY KEY (event, id, id_index)
) WITH (fillfactor = 80);

CREATE TABLE check_in (
    event         uuid NOT NULL,
    ticket        uuid NOT NULL,
    ticket_index  integer NOT NULL,
    gate          text NOT NULL,
    nonce         text NOT NULL,
    at            timestamptz NOT NULL,
    PRIMARY KEY (event, ticket, ticket_index)
);

-- Money, or word of it, that belongs to nothing known.
CREATE TABLE incident (
    event          uuid NOT NULL,
    payment        uuid NOT NULL,
    payment_index  integer NOT NULL,
    amount         bigint,
    currency       text CHECK ((amount IS NULL) = (currency IS NULL)),
    at             timestamptz NOT NULL,
    PRIMARY KEY (event, payment, payment_index)
);

-- Who a buyer is. It stands nowhere else, neither in the journal nor in the log, so that it can be erased.
CREATE TABLE person (
    event              uuid NOT NULL,
    reservation        uuid NOT NULL,
    reservation_index  integer NOT NULL,
    tenant             uuid NOT NULL,
    email              text,
    name               text,
    created_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event, reservation, reservation_index)
);
CREATE INDEX person_email ON person (tenant, email);

internal import Postgres

/// The sandbox's own tables. It makes them itself, in a schema of its own: a provider is another company.
enum SandboxSchema {
    /// Held while the tables are made: “if not exists” is not safe against another process that does the same.
    private static let lock: Int64 = 0x7362_785f_7363_6861

    static func prepare(_ connection: PostgresConnection) throws {
        try connection.transaction { transaction in
            _ = try transaction.query("SELECT pg_advisory_xact_lock($1)", lock)
            try transaction.run(script: tables)
        }
    }

    private static let tables: SQL = """
        CREATE SCHEMA IF NOT EXISTS sandbox;

        -- What is decided holds from effective_at on: a payment that takes its time is decided at once, so that nothing
        -- has to be remembered but here.
        CREATE TABLE IF NOT EXISTS sandbox.payment (
            reference       text PRIMARY KEY,
            key             text NOT NULL UNIQUE,
            tenant          text NOT NULL,
            event           text NOT NULL,
            payment         text NOT NULL,
            reservation     text NOT NULL,
            amount          bigint NOT NULL CHECK (amount > 0),
            currency        text NOT NULL,
            status          text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'cancelled')),
            captured        bigint NOT NULL DEFAULT 0 CHECK (captured >= 0),
            reason          text,
            effective_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
            dispute         text,
            dispute_status  text CHECK (dispute_status IN ('opened', 'won', 'lost')),
            dispute_amount  bigint,
            created_at      timestamptz NOT NULL DEFAULT clock_timestamp()
        );

        CREATE TABLE IF NOT EXISTS sandbox.refund (
            reference     text PRIMARY KEY,
            payment       text NOT NULL REFERENCES sandbox.payment,
            key           text NOT NULL,
            refund        text,
            amount        bigint NOT NULL CHECK (amount > 0),
            currency      text NOT NULL,
            status        text NOT NULL CHECK (status IN ('succeeded', 'failed')),
            reason        text,
            effective_at  timestamptz NOT NULL,
            created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
            UNIQUE (payment, key)
        );

        -- What is to be told; next_at is null where nothing is to be sent any more, or ever.
        CREATE TABLE IF NOT EXISTS sandbox.webhook (
            id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            message       text NOT NULL UNIQUE,
            payment       text NOT NULL REFERENCES sandbox.payment,
            type          text NOT NULL,
            body          text NOT NULL,
            due_at        timestamptz NOT NULL,
            next_at       timestamptz,
            is_held       boolean NOT NULL,
            is_lost       boolean NOT NULL,
            copies        integer NOT NULL,
            attempts      integer NOT NULL DEFAULT 0,
            delivered_at  timestamptz
        );
        CREATE INDEX IF NOT EXISTS webhook_next ON sandbox.webhook (next_at, id) WHERE next_at IS NOT NULL;
        CREATE INDEX IF NOT EXISTS webhook_held ON sandbox.webhook (payment) WHERE is_held;
        """
}

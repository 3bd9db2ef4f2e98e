internal import Postgres

enum JournalSQL {
    static let fence: SQL = """
        SELECT fence($1, $2::integer[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::bytea[], \
        $8::bytea[], $9::boolean[])
        """

    static let insertKeys: SQL = """
        INSERT INTO signing_key (public_key) SELECT * FROM unnest($1::bytea[]) ON CONFLICT DO NOTHING
        """

    static let insertBatches: SQL = """
        INSERT INTO batch (
            week, partition, number, epoch, at, first_seq, entries, rules_version, root, chain, signature, public_key)
        SELECT * FROM unnest(
            $1::integer[], $2::integer[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::integer[],
            $8::integer[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[])
        """

    static let insertJournal: SQL = """
        INSERT INTO journal (
            week, partition, batch_no, sequence, kind, id, event, tenant, status, payload, reply, writes, salt)
        SELECT
            $1, $2, $3, generate_series($4::bigint + 1, $4::bigint + cardinality($5::smallint[])),
            unnest($5::smallint[]), unnest($6::uuid[]), unnest($7::uuid[]), unnest($8::uuid[]), unnest($9::smallint[]),
            unnest($10::bytea[]), unnest($11::bytea[]), unnest($12::bytea[]), unnest($13::uuid[])
        """

    /// In tenants' databases, whose journals have one partition.
    static let append: SQL = """
        SELECT append_batch(
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        """

    static let deleteDues: SQL = """
        DELETE FROM due AS d USING unnest($1::integer[], $2::uuid[]) AS r (partition, event)
        WHERE d.partition = r.partition AND d.event = r.event
        """

    static let upsertDues: SQL = """
        INSERT INTO due (partition, event, at) SELECT * FROM unnest($1::integer[], $2::uuid[], $3::timestamptz[])
        ON CONFLICT (partition, event) DO UPDATE SET at = EXCLUDED.at
        """

    static let insertParked: SQL = """
        INSERT INTO parked (digest, partition, at, command, reason, detail, reply_to, sender, line)
        SELECT digest, $2, $3, command, reason, detail, reply_to, sender, line
        FROM unnest($1::bytea[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[])
            AS r (digest, command, reason, detail, reply_to, sender, line)
        ON CONFLICT DO NOTHING
        """

    static let deleteAttempts: SQL = "DELETE FROM attempt WHERE partition = $1 AND id = ANY ($2::uuid[])"

    static let moveOut: SQL = """
        WITH changed AS (
            UPDATE event_route SET state = 'out', digest = $4, left_at = $5
            WHERE event = $1 AND version = $2 AND previous = $3 AND state = 'moving'
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), 1, 'event_route')
        """

    static let moveIn: SQL = """
        WITH changed AS (
            UPDATE event_route SET state = 'here'
            WHERE event = $1 AND version = $2 AND partition = $3 AND digest = $4 AND state = 'out'
            RETURNING 1
        )
        SELECT demand((SELECT count(*) FROM changed), 1, 'event_route')
        """
}

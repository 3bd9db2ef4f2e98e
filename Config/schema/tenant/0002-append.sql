-- A commit's first statement: the batch goes behind the newest one, with its journal, or nothing is written. It is one
-- call since desks commit few rows at a time, and then the statements cost more than what they write. `fence` stays for
-- workers that do not know this yet.
CREATE FUNCTION append_batch(
    its_week integer, its_partition integer, its_number bigint, its_epoch bigint, its_at timestamptz,
    its_first_seq bigint, its_rules_version integer, previous bytea, its_root bytea, its_chain bytea,
    its_signature bytea, its_key bytea, its_tenant uuid,
    kinds smallint[], ids uuid[], statuses smallint[], payloads bytea[], replies bytea[], writes bytea[], salts uuid[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    entries integer := cardinality(kinds);
BEGIN
    UPDATE partition
    SET batch_no = its_number, batch_at = its_at, next_seq = its_first_seq + entries, chain = its_chain
    WHERE line = 'desk' AND number = its_partition AND epoch = its_epoch AND batch_no = its_number - 1
        AND chain = previous;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the desk has another owner or batch' USING ERRCODE = 'TS001';
    END IF;
    INSERT INTO batch (
        week, partition, number, epoch, at, first_seq, entries, rules_version, root, chain, signature, public_key)
    VALUES (
        its_week, its_partition, its_number, its_epoch, its_at, its_first_seq, entries, its_rules_version, its_root,
        its_chain, its_signature, its_key);
    INSERT INTO journal (
        week, partition, batch_no, sequence, kind, id, event, tenant, status, payload, reply, writes, salt)
    SELECT
        its_week, its_partition, its_number, generate_series(its_first_seq, its_first_seq + entries - 1),
        unnest(kinds), unnest(ids), its_tenant, its_tenant, unnest(statuses), unnest(payloads), unnest(replies),
        unnest(writes), unnest(salts);
END
$$;

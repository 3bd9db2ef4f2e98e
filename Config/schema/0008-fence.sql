-- A batch names the head of the chain that it continues: one that was decided on top of a batch that came to nothing
-- fits nowhere, whatever its number, however late it arrives.

DROP FUNCTION fence(text, integer[], bigint[], bigint[], timestamptz[], bigint[], bytea[], boolean[]);

CREATE FUNCTION fence(
    its_line text, numbers integer[], epochs bigint[], batch_nos bigint[], ats timestamptz[], next_seqs bigint[],
    previous bytea[], chains bytea[], resets boolean[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    changed bigint;
BEGIN
    IF cardinality(numbers) > 1 THEN
        PERFORM FROM partition WHERE line = its_line AND number = ANY (numbers) ORDER BY number FOR NO KEY UPDATE;
    END IF;
    UPDATE partition AS p
    SET batch_no = b.batch_no, batch_at = b.at, next_seq = b.next_seq, chain = b.chain,
        crashes = CASE WHEN b.resets THEN 0 ELSE p.crashes END
    FROM unnest(numbers, epochs, batch_nos, ats, next_seqs, previous, chains, resets)
        AS b (number, epoch, batch_no, at, next_seq, previous, chain, resets)
    WHERE p.line = its_line AND p.number = b.number AND p.epoch = b.epoch AND p.batch_no = b.batch_no - 1
        AND p.chain = b.previous;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> cardinality(numbers) THEN
        RAISE EXCEPTION '% of % partitions have another owner or batch', cardinality(numbers) - changed,
            cardinality(numbers) USING ERRCODE = 'TS001';
    END IF;
END
$$;

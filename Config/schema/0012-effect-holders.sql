-- Who has an effect in hand: a runner's number, under which its session holds an advisory lock for as long as it lives.
-- What somebody has who is gone is taken again without waiting for its visibility to end.
ALTER TABLE effect ADD COLUMN holder integer;
CREATE INDEX effect_held ON effect (kind, holder) WHERE state = 'waiting' AND holder IS NOT NULL;

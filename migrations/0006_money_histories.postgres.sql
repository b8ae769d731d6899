-- Plain PostgreSQL: transfers and account changes (a dead man's switch makes many) become native
-- range partitions by time like the other histories (see 0002).
DO $$
DECLARE
    history text;
BEGIN
    FOREACH history IN ARRAY ARRAY['transfers', 'account_changes'] LOOP
        EXECUTE format('ALTER TABLE %I RENAME TO %I', history, history || '_columns');
        EXECUTE format(
            'CREATE TABLE %I (LIKE %I) PARTITION BY RANGE (timestamp)',
            history, history || '_columns');
        EXECUTE format('DROP TABLE %I', history || '_columns');
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF %I DEFAULT', history || '_default', history);
    END LOOP;
END
$$;

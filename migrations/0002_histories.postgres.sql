-- Plain PostgreSQL: the histories become native range partitions by time, one a month. The
-- monthly partitions are made by persist, ahead of the rows that go there (persist/partitions.py);
-- the DEFAULT partitions are a net for rows that anybody else writes, and normally empty.
DO $$
DECLARE
    history text;
BEGIN
    FOREACH history IN ARRAY ARRAY['trades', 'order_events', 'balance_changes'] LOOP
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

CREATE INDEX transfers_by_reference ON transfers (reference, timestamp);
CREATE INDEX transfers_by_user ON transfers (user_id, timestamp);
CREATE INDEX account_changes_by_user ON account_changes (user_id, timestamp);

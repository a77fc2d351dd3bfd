-- Expands: programs that do not know this file run on.
-- What is held now is asked for by ledger, however many transfers were there before.
create index transfers_held on ledger.transfers (ledger_id) where status = 'HELD';

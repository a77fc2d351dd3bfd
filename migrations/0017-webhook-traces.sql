-- Expands: programs that do not know this file run on.
-- The trace that a webhook goes on with: of its event, where that is traced.
alter table webhooks.messages add column traceparent text;

-- The trace that a webhook goes on with: of its event, where that is traced.
alter table webhooks.messages add column traceparent text;

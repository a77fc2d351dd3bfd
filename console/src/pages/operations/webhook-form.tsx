import type { NewWebhook, Webhook } from '@credit-ledger/sdk';
import { useState } from 'react';
import { useClient } from '../../api/ledger.ts';
import { useResolvedLedger } from '../../api/session.tsx';
import { ActButton } from '../../parts/act-button.tsx';
import { TextField } from '../../parts/fields.tsx';

/** What the fields of a webhook say; lists with commas between. */
interface WebhookTexts {
  readonly url: string;
  readonly description: string;
  readonly types: string;
  readonly accounts: string;
  readonly ledgers: string;
}

const textsOf = (webhook: Webhook | undefined, ledger: string): WebhookTexts => ({
  url: webhook?.url ?? '',
  description: webhook?.description ?? '',
  types: webhook?.event_types?.join(', ') ?? '',
  accounts: webhook?.account_ids?.join(', ') ?? '',
  ledgers: webhook?.ledgers.join(', ') ?? ledger,
});

const namesIn = (text: string): string[] => text.split(/[\s,]+/).filter((name) => name !== '');

function listOrNull(text: string): string[] | null {
  const names = namesIn(text);
  return names.length === 0 ? null : names;
}

function bodyOf({ url, description, types, accounts, ledgers }: WebhookTexts) {
  return {
    url: url.trim(),
    description: description.trim() === '' ? null : description.trim(),
    event_types: listOrNull(types),
    account_ids: listOrNull(accounts),
    ledgers: namesIn(ledgers),
  };
}

const isWhole = ({ url, ledgers }: WebhookTexts): boolean =>
  URL.canParse(url) && namesIn(ledgers).length > 0;

export function NewWebhookButton({ onMade }: { onMade: (made: NewWebhook) => void }) {
  const client = useClient();
  const ledger = useResolvedLedger();
  const [texts, setTexts] = useState(() => textsOf(undefined, ledger));
  return (
    <ActButton
      text="New webhook"
      asks="New webhook"
      act={() => client.createWebhook(bodyOf(texts))}
      onDone={(made) => {
        setTexts(textsOf(undefined, ledger));
        onMade(made);
      }}
      canSubmit={isWhole(texts)}
    >
      <WebhookFields texts={texts} onChange={(changes) => setTexts({ ...texts, ...changes })} />
    </ActButton>
  );
}

export function EditWebhookButton({ webhook, onDone }: { webhook: Webhook; onDone: () => void }) {
  const client = useClient();
  const [texts, setTexts] = useState(() => textsOf(webhook, ''));
  return (
    <ActButton
      text="Edit"
      asks="Edit this webhook"
      act={() => client.updateWebhook(webhook.id, bodyOf(texts))}
      onDone={onDone}
      said="It was changed."
      canSubmit={isWhole(texts)}
    >
      <WebhookFields texts={texts} onChange={(changes) => setTexts({ ...texts, ...changes })} />
    </ActButton>
  );
}

interface WebhookFieldsProps {
  readonly texts: WebhookTexts;
  readonly onChange: (changes: Partial<WebhookTexts>) => void;
}

function WebhookFields({ texts, onChange }: WebhookFieldsProps) {
  return (
    <>
      <TextField
        label="Address"
        value={texts.url}
        placeholder="https://…"
        onChange={(url) => onChange({ url })}
      />
      <TextField
        label="Description"
        value={texts.description}
        onChange={(description) => onChange({ description })}
      />
      <TextField
        label="Types of events"
        value={texts.types}
        placeholder="TransferCompleted, TransferFailed"
        hint="With commas between. Empty: all."
        onChange={(types) => onChange({ types })}
      />
      <TextField
        label="Accounts"
        value={texts.accounts}
        placeholder="ext:customer-1"
        hint="Ids, or ext: and external ids, with commas between. Empty: events of any."
        onChange={(accounts) => onChange({ accounts })}
      />
      <TextField
        label="Ledgers"
        value={texts.ledgers}
        hint="Names, with commas between."
        onChange={(ledgers) => onChange({ ledgers })}
      />
    </>
  );
}

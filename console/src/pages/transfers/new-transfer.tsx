import { useState, type FormEvent } from 'react';
import { useSearch } from 'wouter';
import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { AccountPicker } from '../../parts/account-picker.tsx';
import { useScales } from '../../parts/amount.tsx';
import { CopyTextButton, curlFor } from '../../parts/copy.tsx';
import { SelectField, TextArea, TextField } from '../../parts/fields.tsx';
import { Link, useGo } from '../../parts/link.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Failure } from '../../parts/states.tsx';
import { say } from '../../parts/toasts.tsx';
import { useAction } from '../../parts/use-action.ts';
import { LivePreview } from './live-preview.tsx';
import { readTransfer, type DraftErrors, type TransferTexts } from './transfer-draft.ts';

const modes = [
  ['now', 'At once'],
  ['hold', 'As a hold: reserve now, move later'],
  ['later', 'At a later time'],
] as const;

const empty: TransferTexts = {
  from: '',
  to: '',
  amount: '',
  description: '',
  externalId: '',
  effectiveAt: '',
  metadata: '',
  mode: 'now',
  expiresAt: '',
  executeAt: '',
};

/** A transfer, with what it would do shown while it is written. */
export function NewTransfer() {
  const asked = new URLSearchParams(useSearch());
  const [texts, setTexts] = useState<TransferTexts>({
    ...empty,
    from: asked.get('from') ?? '',
    to: asked.get('to') ?? '',
  });
  const [shown, setShown] = useState<DraftErrors>({});
  // One key for one transfer: pressing twice, or trying again after a lost answer, moves the money once.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const { scaleOf } = useScales();
  const client = useClient();
  const go = useGo();
  const payer = useRead(['account', texts.from], (client) => client.readAccount(texts.from), {
    when: texts.from !== '',
  });
  const from = texts.from === '' ? undefined : payer.data;
  const { body, errors } = readTransfer(texts, from, scaleOf(from?.currency ?? ''));
  const post = useAction(
    (idempotencyKey: string) => client.postTransfer(body ?? fail(), { idempotencyKey }),
    ({ id, status }) => {
      readAgain('transfers', 'account', 'accounts');
      say(`The transfer is ${status.toLowerCase()}.`);
      go(`/transfers/${id}`);
    },
  );
  const change = (changes: Partial<TransferTexts>): void => {
    setTexts({ ...texts, ...changes });
    setKey(crypto.randomUUID());
    post.reset();
    setShown({ ...shown, ...Object.fromEntries(Object.keys(changes).map((name) => [name, undefined])) });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setShown(errors);
    if (body !== undefined) post.run(key);
  };
  return (
    <>
      <PageHead title="New transfer" crumbs={[['/transfers', 'Transfers']]}>
        {body !== undefined && (
          <CopyTextButton text={() => curlFor('POST', '/v1/transfers', body)}>
            Copy as curl
          </CopyTextButton>
        )}
      </PageHead>
      <div className="columns">
        <form className="card card-body form" onSubmit={submit} noValidate>
          <TransferFields texts={texts} change={change} errors={shown} currency={from?.currency} />
          {post.error !== undefined && (
            <div className="wide">
              <Failure error={post.error} />
            </div>
          )}
          <div className="actions">
            <button type="submit" className="button primary" disabled={post.isRunning}>
              {post.isRunning ? 'Posting' : submitText[texts.mode]}
            </button>
            <Link to="/transfers" className="button">
              Cancel
            </Link>
          </div>
        </form>
        <LivePreview body={body} asks="Both accounts and an amount, and here is what would happen." />
      </div>
    </>
  );
}

const submitText = { now: 'Post transfer', hold: 'Place hold', later: 'Schedule transfer' } as const;

function fail(): never {
  throw new Error('a form that is not complete is not sent');
}

interface TransferFieldsProps {
  readonly texts: TransferTexts;
  readonly change: (changes: Partial<TransferTexts>) => void;
  readonly errors: DraftErrors;
  readonly currency: string | undefined;
}

function TransferFields({ texts, change, errors, currency }: TransferFieldsProps) {
  return (
    <>
      <AccountPicker
        label="From"
        value={texts.from}
        error={errors.from}
        onChange={(from) => change({ from })}
      />
      <AccountPicker label="To" value={texts.to} error={errors.to} onChange={(to) => change({ to })} />
      <TextField
        label={currency === undefined ? 'Amount' : `Amount in ${currency}`}
        value={texts.amount}
        isNumber
        error={errors.amount}
        onChange={(amount) => change({ amount })}
      />
      <SelectField
        label="When"
        value={texts.mode}
        options={modes}
        onChange={(mode) => change({ mode })}
      />
      {texts.mode === 'hold' && (
        <TextField
          label="Hold ends"
          type="datetime-local"
          value={texts.expiresAt}
          hint="Empty: when it is settled or voided."
          onChange={(expiresAt) => change({ expiresAt })}
        />
      )}
      {texts.mode === 'later' && (
        <TextField
          label="Run at"
          type="datetime-local"
          value={texts.executeAt}
          error={errors.executeAt}
          onChange={(executeAt) => change({ executeAt })}
        />
      )}
      <TextField
        label="Description"
        isWide
        value={texts.description}
        onChange={(description) => change({ description })}
      />
      <TextField
        label="External id"
        value={texts.externalId}
        hint="Your own id for it."
        onChange={(externalId) => change({ externalId })}
      />
      <TextField
        label="Counts from"
        type="datetime-local"
        value={texts.effectiveAt}
        hint="Empty: now."
        onChange={(effectiveAt) => change({ effectiveAt })}
      />
      <TextArea
        label="Metadata"
        isWide
        value={texts.metadata}
        error={errors.metadata}
        hint="A JSON object. Empty: none."
        onChange={(metadata) => change({ metadata })}
      />
    </>
  );
}

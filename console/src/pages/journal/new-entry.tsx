import type { PostEntryBody } from '@credit-ledger/sdk';
import { useState, type FormEvent } from 'react';
import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { useMay } from '../../api/session.tsx';
import { useScales } from '../../parts/amount.tsx';
import { CopyTextButton, curlFor } from '../../parts/copy.tsx';
import { Check, TextArea, TextField } from '../../parts/fields.tsx';
import { Link, useGo } from '../../parts/link.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Failure } from '../../parts/states.tsx';
import { say } from '../../parts/toasts.tsx';
import { useAction } from '../../parts/use-action.ts';
import { LivePreview } from '../transfers/live-preview.tsx';
import { readEntry, type EntryTexts } from './entry-draft.ts';
import { emptyLine, EntryLineFields, EntrySums } from './entry-lines.tsx';

const accountsMax = 100;
const empty: EntryTexts = {
  lines: [emptyLine, { ...emptyLine, side: 'CREDIT' }],
  description: '',
  effectiveAt: '',
  metadata: '',
  isAdjusting: false,
};

/** The accounts of the lines, for their currencies. */
function useAccountsOf({ lines }: EntryTexts) {
  const ids = [...new Set(lines.map(({ account }) => account).filter((id) => id !== ''))];
  const { data = [] } = useRead(
    ['accounts', 'of-entry', ids.join(',')],
    (client) => client.listAccounts({ ids: ids.join(','), limit: accountsMax }).take(accountsMax),
    { when: ids.length > 0 },
  );
  return data;
}

/** An entry of any number of lines, with what it would do shown while it is written. */
export function NewEntry() {
  const [texts, setTexts] = useState(empty);
  const [isJudged, setJudged] = useState(false);
  // One key for one entry: pressing twice, or trying again after a lost answer, posts it once.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const { scaleOf } = useScales();
  const client = useClient();
  const go = useGo();
  const draft = readEntry(texts, useAccountsOf(texts), scaleOf);
  const { body } = draft;
  const post = useAction(
    (whole: PostEntryBody, idempotencyKey: string) => client.postEntry(whole, { idempotencyKey }),
    ({ id, entry_number: number }) => {
      readAgain('entries', 'ledger', 'account', 'accounts');
      say(`Entry ${number} was posted.`);
      go(`/journal/entries/${id}`);
    },
  );
  const change = (changes: Partial<EntryTexts>): void => {
    setTexts({ ...texts, ...changes });
    setKey(crypto.randomUUID());
    setJudged(false);
    post.reset();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setJudged(true);
    if (body !== undefined) post.run(body, key);
  };
  return (
    <>
      <PageHead title="New entry" crumbs={[['/journal', 'Journal']]}>
        {body !== undefined && (
          <CopyTextButton text={() => curlFor('POST', '/v1/entries', body)}>Copy as curl</CopyTextButton>
        )}
      </PageHead>
      <div className="columns">
        <form className="card card-body form" onSubmit={submit} noValidate>
          <EntryLineFields
            lines={texts.lines}
            errors={isJudged ? draft.lineErrors : []}
            onChange={(lines) => change({ lines })}
          />
          <EntrySums sums={draft.sums} />
          <EntryFields texts={texts} metadataError={draft.metadataError} onChange={change} />
          {post.error !== undefined && (
            <div className="wide">
              <Failure error={post.error} />
            </div>
          )}
          <div className="actions">
            <button type="submit" className="button primary" disabled={post.isRunning}>
              {post.isRunning ? 'Posting' : 'Post entry'}
            </button>
            <Link to="/journal" className="button">
              Cancel
            </Link>
          </div>
        </form>
        <LivePreview
          body={body}
          asks="An account and an amount in each line, and here is what would happen."
        />
      </div>
    </>
  );
}

interface EntryFieldsProps {
  readonly texts: EntryTexts;
  readonly metadataError: string | undefined;
  readonly onChange: (changes: Partial<EntryTexts>) => void;
}

function EntryFields({ texts, metadataError, onChange }: EntryFieldsProps) {
  const isAdmin = useMay('admin');
  return (
    <>
      <TextField
        label="Description"
        value={texts.description}
        onChange={(description) => onChange({ description })}
      />
      <TextField
        label="Counts from"
        type="datetime-local"
        value={texts.effectiveAt}
        hint="Empty: now."
        onChange={(effectiveAt) => onChange({ effectiveAt })}
      />
      <TextArea
        label="Metadata"
        isWide
        value={texts.metadata}
        error={metadataError}
        hint="A JSON object. Empty: none."
        onChange={(metadata) => onChange({ metadata })}
      />
      {isAdmin && (
        <div className="wide">
          <Check
            label="Adjusting: it may count in a closed period"
            isOn={texts.isAdjusting}
            onChange={(isAdjusting) => onChange({ isAdjusting })}
          />
        </div>
      )}
    </>
  );
}

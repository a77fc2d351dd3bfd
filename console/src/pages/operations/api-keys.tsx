import type { ApiKey, NewApiKey } from '@credit-ledger/sdk';
import { useState } from 'react';
import { useClient } from '../../api/ledger.ts';
import { readAgain } from '../../api/queries.ts';
import { useResolvedLedger, useSession, type Scope } from '../../api/session.tsx';
import { formatAgo, formatSecond } from '../../format/times.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Badge } from '../../parts/badge.tsx';
import { CopyTextButton } from '../../parts/copy.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Check, TextField } from '../../parts/fields.tsx';
import { PagedTable, Th, usePages } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty } from '../../parts/states.tsx';

const meanings: Readonly<Record<Scope, string>> = {
  read: 'Read: see everything of its ledgers',
  write: 'Write: open accounts, move money',
  redrive: 'Redrive: try dead letters again',
  keys: 'Keys: manage keys that can do no more than its own',
  admin: 'Admin: everything, in every ledger',
};

/** Who may come in, and what each may do. */
export function ApiKeys() {
  const [made, setMade] = useState<NewApiKey>();
  const pages = usePages<ApiKey>(['api-keys'], (client, from) =>
    client.listApiKeys({ limit: 50, ...from }),
  );
  const show = (key: NewApiKey): void => {
    readAgain('api-keys');
    setMade(key);
  };
  return (
    <>
      <PageHead
        title="API keys"
        lead="A key is shown once, when it is made. Of those made here none can do more than yours."
      >
        <NewKey onMade={show} />
      </PageHead>
      <section className="card">
        <PagedTable
          pages={pages}
          caption="API keys"
          head={
            <>
              <Th>Name</Th>
              <Th>Scopes</Th>
              <Th>Ledgers</Th>
              <Th>State</Th>
              <Th>Used last</Th>
              <Th>Ends</Th>
              <Th />
            </>
          }
          row={(key) => <KeyRow key={key.id} apiKey={key} onRotated={show} />}
          empty={<Empty title="There are no keys." />}
        />
      </section>
      {made !== undefined && <SecretDialog made={made} onClose={() => setMade(undefined)} />}
    </>
  );
}

function stateOf({
  revoked_at: revokedAt,
  replaced_by: replacedBy,
  expires_at: expiresAt,
}: ApiKey): readonly [string, string] {
  if (revokedAt !== null) return ['CLOSED', 'revoked'];
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) return ['CLOSED', 'expired'];
  return replacedBy === null ? ['ACTIVE', 'active'] : ['SUSPENDED', 'replaced'];
}

function KeyRow({ apiKey, onRotated }: { apiKey: ApiKey; onRotated: (made: NewApiKey) => void }) {
  const client = useClient();
  const { id, name, scopes, ledgers, last_used_at: usedAt, expires_at: expiresAt } = apiKey;
  const [state, text] = stateOf(apiKey);
  const { key_id: own } = useSession();
  const isFixed = state !== 'ACTIVE' || id === 'admin';
  return (
    <tr>
      <td className="text">
        {name} <span className="dim">{id === own ? 'this session' : ''}</span>
        <div className="dim mono">{id}</div>
      </td>
      <td className="text">{scopes.join(', ')}</td>
      <td className="text">{ledgers.map((ledger) => (ledger === '*' ? 'every' : ledger)).join(', ')}</td>
      <td>
        <Badge state={state} text={text} />
      </td>
      <td className="nowrap dim" data-label="used">
        {usedAt === null ? 'never' : formatAgo(usedAt, Date.now())}
      </td>
      <td className={expiresAt === null ? 'fold-away' : 'nowrap'} data-label="ends">
        {expiresAt === null ? '–' : formatSecond(expiresAt)}
      </td>
      <td className="num fold-top">
        {!isFixed && (
          <span className="row-actions">
            <ActButton
              isSmall
              text="Rotate"
              asks={`Rotate ${name}`}
              explains="A new key takes its place. This one counts for a day still."
              act={() => client.rotateApiKey(id)}
              onDone={onRotated}
            />
            <ActButton
              isSmall
              isDanger
              text="Revoke"
              asks={`Revoke ${name}`}
              explains="It stops counting at once, everywhere, and its sessions end."
              act={() => client.revokeApiKey(id)}
              onDone={() => readAgain('api-keys')}
              said={`${name} is revoked.`}
            />
          </span>
        )}
      </td>
    </tr>
  );
}

function NewKey({ onMade }: { onMade: (made: NewApiKey) => void }) {
  const client = useClient();
  const ledger = useResolvedLedger();
  const { scopes: own } = useSession();
  const [name, setName] = useState('');
  const [ledgers, setLedgers] = useState(ledger);
  const [scopes, setScopes] = useState<readonly Scope[]>(['read']);
  const names = ledgers.split(/[\s,]+/).filter((part) => part !== '');
  return (
    <ActButton
      text="New key"
      asks="New API key"
      act={() => client.createApiKey({ name: name.trim(), scopes: [...scopes], ledgers: names })}
      onDone={onMade}
      canSubmit={name.trim() !== '' && scopes.length > 0 && names.length > 0}
    >
      <TextField label="Name" value={name} hint="Whoever or whatever will use it." onChange={setName} />
      <TextField
        label="Ledgers"
        value={ledgers}
        hint="Names, with commas between."
        onChange={setLedgers}
      />
      <fieldset className="schedule">
        <legend>Scopes</legend>
        {own.map((scope) => (
          <Check
            key={scope}
            label={meanings[scope]}
            isOn={scopes.includes(scope)}
            onChange={(isOn) =>
              setScopes(isOn ? [...scopes, scope] : scopes.filter((known) => known !== scope))
            }
          />
        ))}
      </fieldset>
    </ActButton>
  );
}

function SecretDialog({ made, onClose }: { made: NewApiKey; onClose: () => void }) {
  return (
    <Dialog title={`The key of ${made.name}`} onClose={onClose}>
      <p>It is shown this once. The server keeps only what it can be recognised by.</p>
      <pre className="code" tabIndex={0} aria-label="API key">
        {made.key}
      </pre>
      <div className="dialog-foot">
        <CopyTextButton text={() => made.key}>Copy</CopyTextButton>
        <button type="button" className="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}

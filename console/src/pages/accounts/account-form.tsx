import type { Account, OpenAccountBody, UpdateAccountBody } from '@credit-ledger/sdk';
import { isProblem } from '@credit-ledger/sdk';
import { useState, type FormEvent } from 'react';
import { useParams } from 'wouter';
import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { toInput } from '../../format/amounts.ts';
import { useScales } from '../../parts/amount.tsx';
import { Check, SelectField, TextArea, TextField } from '../../parts/fields.tsx';
import { Link, useGo } from '../../parts/link.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Failure, Loaded } from '../../parts/states.tsx';
import { say } from '../../parts/toasts.tsx';
import { useAction } from '../../parts/use-action.ts';
import { readDraft, type AccountDraft, type AccountTexts, type DraftErrors } from './account-draft.ts';
import { LimitSchedule } from './limit-schedule.tsx';

const types = [
  ['LIABILITY', 'Liability: what is owed to a customer'],
  ['ASSET', 'Asset'],
  ['EQUITY', 'Equity'],
  ['INCOME', 'Income'],
  ['EXPENSE', 'Expense'],
] as const;
const statuses = [
  ['ACTIVE', 'Active'],
  ['SUSPENDED', 'Suspended: nothing moves'],
  ['CLOSED', 'Closed for good'],
] as const;

export function NewAccount() {
  const client = useClient();
  const go = useGo();
  const open = useAction(
    (body: OpenAccountBody) => client.openAccount(body),
    ({ id, name }) => {
      readAgain('accounts');
      say(`${name ?? 'The account'} was opened.`);
      go(`/accounts/${id}`);
    },
  );
  return (
    <>
      <PageHead
        title="New account"
        crumbs={[['/accounts', 'Accounts']]}
        lead="An account holds one currency. Its currency, type and ledger stay as they are chosen here."
      />
      <AccountFields
        submitText="Open account"
        isRunning={open.isRunning}
        error={open.error}
        onSubmit={({ currency, type, name, externalId, limit, opening, metadata }) =>
          open.run({
            currency,
            type,
            name,
            external_id: externalId,
            credit_limit_minor: limit,
            opening_balance_minor: opening,
            metadata,
          })
        }
        backTo="/accounts"
      />
    </>
  );
}

export function EditAccount() {
  const { id = '' } = useParams();
  const account = useRead(['account', id], (client) => client.readAccount(id));
  return <Loaded query={account}>{(found) => <EditFields key={found.id} account={found} />}</Loaded>;
}

function EditFields({ account }: { account: Account }) {
  const client = useClient();
  const go = useGo();
  const { id, revision } = account;
  const update = useAction(
    (body: UpdateAccountBody) => client.updateAccount(id, body, { ifRevision: revision }),
    () => {
      readAgain('account', 'accounts');
      say('The account was changed.');
      go(`/accounts/${id}`);
    },
  );
  const title = account.name ?? account.external_id ?? 'Account';
  return (
    <>
      <PageHead
        title={`Edit ${title}`}
        crumbs={[
          ['/accounts', 'Accounts'],
          [`/accounts/${id}`, title],
        ]}
      />
      <AccountFields
        account={account}
        submitText="Save"
        isRunning={update.isRunning}
        error={update.error}
        onSubmit={({ name, status, limit, schedule, metadata, mayBreach }) =>
          update.run({
            name,
            status,
            credit_limit_minor: limit,
            credit_limit_schedule: schedule,
            metadata,
            ...(mayBreach ? { allow_breach: true } : {}),
          })
        }
        backTo={`/accounts/${id}`}
      />
    </>
  );
}

interface AccountFieldsProps {
  readonly account?: Account;
  readonly submitText: string;
  readonly isRunning: boolean;
  readonly error: unknown;
  readonly onSubmit: (draft: AccountDraft) => void;
  readonly backTo: string;
}

function startOf(account: Account | undefined, scale: number): AccountTexts {
  return {
    currency: account?.currency ?? 'USD',
    type: account?.type ?? ('LIABILITY' as const),
    status: account?.status ?? ('ACTIVE' as const),
    name: account?.name ?? '',
    externalId: account?.external_id ?? '',
    limit: toInput(account?.credit_limit_minor, scale),
    opening: '',
    metadata: account === undefined ? '' : JSON.stringify(account.metadata, null, 2),
    schedule: (account?.credit_limit_schedule ?? []).map(({ from, limit_minor: minor }) => ({
      from,
      limit: toInput(minor, scale),
    })),
    mayBreach: false,
  };
}

function AccountFields({ account, submitText, isRunning, error, onSubmit, backTo }: AccountFieldsProps) {
  const { scaleOf } = useScales();
  const [texts, setTexts] = useState(() => startOf(account, scaleOf(account?.currency ?? 'USD')));
  const [shown, setShown] = useState<DraftErrors>({});
  const change = (changes: Partial<AccountTexts>): void => {
    const next = { ...texts, ...changes };
    setTexts(next);
    const names = Object.keys(changes);
    const { errors } = readDraft(next, scaleOf(next.currency));
    setShown({ ...shown, ...Object.fromEntries(names.map((name) => [name, errors[name]])) });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const { draft, errors } = readDraft(texts, scaleOf(texts.currency));
    setShown(errors);
    if (draft !== undefined) onSubmit(draft);
  };
  const parts = { texts, change, said: { ...shown, ...serverErrors(error) } };
  return (
    <form className="card card-body form" onSubmit={submit} noValidate>
      {account === undefined ? <NewFields {...parts} /> : <KnownFields {...parts} />}
      <TextArea
        label="Metadata"
        isWide
        value={texts.metadata}
        hint='A JSON object, such as {"branch": 12}. Empty: none.'
        onChange={(metadata) => change({ metadata })}
        error={parts.said['metadata']}
      />
      {error !== undefined && (
        <div className="wide">
          <Failure error={error} />
        </div>
      )}
      <div className="actions">
        <button type="submit" className="button primary" disabled={isRunning}>
          {isRunning ? 'Saving' : submitText}
        </button>
        <Link to={backTo} className="button">
          Cancel
        </Link>
      </div>
    </form>
  );
}

interface FieldParts {
  readonly texts: AccountTexts;
  readonly change: (changes: Partial<AccountTexts>) => void;
  readonly said: DraftErrors;
}

function NewFields({ texts, change, said }: FieldParts) {
  const { codes } = useScales();
  return (
    <>
      <TextField
        label="Currency"
        value={texts.currency}
        list="currencies"
        onChange={(currency) => change({ currency: currency.toUpperCase() })}
        error={said['currency']}
      />
      <datalist id="currencies">
        {codes.map((code) => (
          <option key={code} value={code} />
        ))}
      </datalist>
      <SelectField
        label="Type"
        value={texts.type}
        options={types}
        onChange={(type) => change({ type })}
      />
      <TextField
        label="Name"
        value={texts.name}
        onChange={(name) => change({ name })}
        error={said['name']}
      />
      <TextField
        label="External id"
        value={texts.externalId}
        hint="Your own id for it, unique in the ledger."
        onChange={(externalId) => change({ externalId })}
        error={said['externalId']}
      />
      <LimitField texts={texts} change={change} said={said} />
      <TextField
        label="Opening balance"
        value={texts.opening}
        isNumber
        hint="Comes from the world outside. Empty: none."
        onChange={(opening) => change({ opening })}
        error={said['opening']}
      />
    </>
  );
}

function KnownFields({ texts, change, said }: FieldParts) {
  return (
    <>
      <TextField
        label="Name"
        value={texts.name}
        onChange={(name) => change({ name })}
        error={said['name']}
      />
      <SelectField
        label="Status"
        value={texts.status}
        options={statuses}
        onChange={(status) => change({ status })}
      />
      <LimitField texts={texts} change={change} said={said} />
      <Check
        label="Allow a limit below what is used already"
        isOn={texts.mayBreach}
        onChange={(mayBreach) => change({ mayBreach })}
      />
      <LimitSchedule
        rows={texts.schedule}
        error={said['schedule']}
        onChange={(schedule) => change({ schedule })}
      />
    </>
  );
}

function LimitField({ texts, change, said }: FieldParts) {
  return (
    <TextField
      label="Credit limit"
      value={texts.limit}
      isNumber
      hint="How far below zero it may go. Empty: no limit."
      onChange={(limit) => change({ limit })}
      error={said['limit']}
    />
  );
}

const fieldOf: Readonly<Record<string, string>> = {
  '/currency': 'currency',
  '/name': 'name',
  '/external_id': 'externalId',
  '/credit_limit_minor': 'limit',
  '/opening_balance_minor': 'opening',
  '/metadata': 'metadata',
};

/** What the server says of single fields stands beside them. */
function serverErrors(error: unknown): DraftErrors {
  if (!isProblem(error)) return {};
  const known: [string, string][] = error.errors.flatMap(({ pointer, detail }) => {
    const field = fieldOf[pointer];
    return field === undefined ? [] : [[field, `It ${detail}.`]];
  });
  if (error.code === 'external_id_taken')
    known.push(['externalId', 'Another account has this external id.']);
  if (error.code === 'currency_unknown') known.push(['currency', 'There is no such currency.']);
  return Object.fromEntries(known);
}

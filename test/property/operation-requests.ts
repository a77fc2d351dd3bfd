import { createHash } from 'node:crypto';
import type { ConditionsIn, TransferBody } from '@credit-ledger/contract/transfers.ts';
import type { Command, LedgerRequest } from '../../src/ledger/commands.ts';
import { externalAccountId } from '../../src/ledger/external-account.ts';
import { uuidShaped } from '../../src/ledger/key-digest.ts';
import type { Op, OpenOp, Require, TransferOp } from './operations.ts';

/** What two requests have in common that mean the same. */
export function printOf(op: Op): string {
  return JSON.stringify(op, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
}

/** The id in the product of an account of the model. */
export function realId(id: string): string {
  const [word, ledger = '', currency = ''] = id.split(' ');
  return word === 'outside' ? externalAccountId(ledger, currency) : id;
}

/** The request that carries an operation at a time. */
export function requestOf(ledger: string, op: Op, key: string | undefined, time: number): LedgerRequest {
  return {
    ledger,
    command: commandOf(op, time),
    key,
    fingerprint: fingerprintOf(op),
    traceparent: undefined,
    correlationId: undefined,
  };
}

function fingerprintOf(op: Op): string {
  return uuidShaped(createHash('sha256').update(printOf(op)).digest('hex'));
}

function conditions(require: Require | undefined): ConditionsIn | undefined {
  if (require === undefined) return undefined;
  return {
    available_min_minor: require.min,
    available_max_minor: require.max,
    version: require.version,
  };
}

function transferBody(op: TransferOp, time: number): TransferBody {
  const { hold } = op;
  const expiry = typeof hold === 'number' && hold > 0 ? { expires_in_seconds: hold } : undefined;
  return {
    from: realId(op.from),
    to: realId(op.to),
    amount_minor: op.amount,
    currency: op.currency,
    id: op.id,
    external_id: op.external,
    execute_at: op.execute === undefined ? undefined : time + op.execute * 1000,
    effective_at: op.effective === undefined ? undefined : time + op.effective * 1000,
    hold:
      hold === null
        ? true
        : hold === undefined
          ? undefined
          : (expiry ?? { expires_at: time + hold * 1000 }),
    require: { from: conditions(op.require?.from), to: conditions(op.require?.to) },
  };
}

function openBody(op: OpenOp) {
  return {
    currency: op.currency,
    id: op.id,
    type: op.type,
    external_id: op.external,
    credit_limit_minor: op.limit,
    opening_balance_minor: op.opening,
  };
}

function commandOf(op: Op, time: number): Command {
  switch (op.kind) {
    case 'open':
      return { kind: 'open_account', body: openBody(op) };
    case 'openAll': {
      const items = op.items.map((item) => ({ body: openBody(item), fingerprint: fingerprintOf(item) }));
      return { kind: 'open_accounts', items };
    }
    case 'patch': {
      const schedule = op.schedule?.map((row) => ({
        from: time + row.seconds * 1000,
        limit_minor: row.limit,
      }));
      const body = {
        allow_breach: op.breach,
        ...(op.name === undefined ? {} : { name: op.name }),
        ...(op.status === undefined ? {} : { status: op.status }),
        ...(op.limit === undefined ? {} : { credit_limit_minor: op.limit }),
        ...(schedule === undefined ? {} : { credit_limit_schedule: schedule }),
      };
      return { kind: 'update_account', account: realId(op.account), body, ifMatch: op.ifMatch };
    }
    case 'transfer':
      return { kind: 'post_transfer', body: transferBody(op, time) };
    case 'async':
      return { kind: 'post_transfer', body: transferBody(op.of, time), respondAsync: true };
    case 'cancel':
      return { kind: 'cancel_transfer', transfer: op.transfer };
    case 'run':
      return { kind: 'run_transfer', transfer: op.transfer };
    case 'giveUp':
      return { kind: 'give_up_transfer', transfer: op.transfer, attempts: 8, lastError: 'away' };
    case 'redrive':
      return { kind: 'redrive_transfer', transfer: op.transfer };
    case 'deposit':
    case 'withdraw': {
      const body = { amount_minor: op.amount, currency: op.currency };
      return { kind: op.kind, account: realId(op.account), body };
    }
    case 'settle':
      return {
        kind: 'settle_hold',
        transfer: op.transfer,
        body: { amount_minor: op.amount, keep_remaining: op.keep },
      };
    case 'void':
      return { kind: 'void_hold', transfer: op.transfer };
    case 'reverse':
      return {
        kind: 'reverse_transfer',
        transfer: op.transfer,
        body: { amount_minor: op.amount, force: op.force },
      };
    case 'batch':
    case 'entry':
    case 'reverseEntry':
    case 'preview':
    case 'ledger':
    case 'patchLedger':
    case 'currency':
      return otherCommand(op, time);
  }
}

type OtherOp = Extract<
  Op,
  { kind: 'batch' | 'entry' | 'reverseEntry' | 'preview' | 'ledger' | 'patchLedger' | 'currency' }
>;

function otherCommand(op: OtherOp, time: number): Command {
  switch (op.kind) {
    case 'batch': {
      const items = op.items.map((item) => ({
        body: { ...transferBody(item.op, time), idempotencyKey: item.key },
        fingerprint: fingerprintOf(item.op),
      }));
      return { kind: 'post_transfers', mode: op.atomic ? 'atomic' : 'independent', items };
    }
    case 'entry': {
      const lines = op.lines.map(({ account, side, amount, require }) => ({
        account_id: realId(account),
        side,
        amount_minor: amount,
        require: conditions(require),
      }));
      const effective = op.effective === undefined ? undefined : time + op.effective * 1000;
      return { kind: 'post_entry', body: { lines, effective_at: effective } };
    }
    case 'reverseEntry':
      return { kind: 'reverse_entry', entry: op.entry, body: { force: op.force } };
    case 'preview': {
      const command = commandOf(op.of, time);
      if (
        command.kind === 'post_transfer' ||
        command.kind === 'post_transfers' ||
        command.kind === 'post_entry'
      ) {
        return { kind: 'preview', command };
      }
      break;
    }
    case 'ledger':
      return { kind: 'create_ledger', body: { name: op.name, default_credit_limit_minor: op.limit } };
    case 'patchLedger':
      return { kind: 'update_ledger', name: op.name, body: { default_credit_limit_minor: op.limit } };
    case 'currency':
      return { kind: 'register_currency', body: { code: op.code, scale: op.scale } };
  }
  throw new Error(`${op.kind} is no command`);
}

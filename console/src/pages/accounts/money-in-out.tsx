import type { Account } from '@credit-ledger/sdk';
import { useState } from 'react';
import { useClient } from '../../api/ledger.ts';
import { readAgain } from '../../api/queries.ts';
import { parseAmount } from '../../format/amounts.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { useScales } from '../../parts/amount.tsx';
import { TextField } from '../../parts/fields.tsx';

const kinds = {
  deposit: {
    text: 'Deposit',
    asks: 'Deposit money',
    explains: 'Comes from the world outside, by way of the ledger’s external account of this currency.',
  },
  withdraw: {
    text: 'Withdraw',
    asks: 'Withdraw money',
    explains: 'Leaves for the world outside. More than is available is refused.',
  },
} as const;

/** Money that comes into an account from outside, or leaves it. */
export function MoneyInOut({ account, kind }: { account: Account; kind: keyof typeof kinds }) {
  const client = useClient();
  const { scaleOf } = useScales();
  const [text, setText] = useState('');
  const [description, setDescription] = useState('');
  const { id, currency } = account;
  const amount = parseAmount(text, scaleOf(currency), currency);
  const wrong = typeof amount === 'string' ? amount : undefined;
  const send = (idempotencyKey: string) => {
    if (typeof amount === 'string') throw new Error(amount);
    const words = description.trim() === '' ? {} : { description: description.trim() };
    const body = { amount_minor: amount, currency, ...words };
    return kind === 'deposit'
      ? client.deposit(id, body, { idempotencyKey })
      : client.withdraw(id, body, { idempotencyKey });
  };
  return (
    <ActButton
      {...kinds[kind]}
      act={async (key) => send(key)}
      onDone={() => {
        setText('');
        setDescription('');
        readAgain('account', 'accounts', 'transfers', 'statement-head', 'daily-balances');
      }}
      said={kind === 'deposit' ? 'The money is in.' : 'The money is out.'}
      canSubmit={typeof amount === 'bigint' && amount > 0n}
    >
      <TextField
        label={`Amount in ${currency}`}
        isNumber
        value={text}
        error={text === '' ? undefined : wrong}
        onChange={setText}
      />
      <TextField label="Description" value={description} onChange={setDescription} />
    </ActButton>
  );
}

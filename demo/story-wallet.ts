import { accountOut, balanceOut } from '@credit-ledger/contract/accounts.ts';
import type { Stage } from './stage.ts';

const account = accountOut.pick({ id: true, balance_minor: true, version: true, position: true });
const balance = balanceOut.pick({ balance_minor: true, as_of_position: true });

/** A wallet is opened once however often it is asked for, and read after the write that made it. */
export async function playWallet(stage: Stage): Promise<void> {
  stage.title('Wallet: opened once, seen at once');
  const request = {
    method: 'POST',
    path: '/accounts',
    headers: { 'Idempotency-Key': `demo-wallet-${stage.run}` },
    body: { currency: 'USD', name: 'Wallet', credit_limit_minor: 0, opening_balance_minor: 2500 },
  } as const;
  stage.tell(
    'A wallet is opened with 25.00 USD in it; the money comes from outside, in the same commit.',
  );
  const first = await stage.ask(request);
  stage.claim('the wallet is open', first.status, 201);
  const wallet = account.parse(first.body);
  stage.claim('with its opening balance', wallet.balance_minor, 2500n);

  stage.tell('The same key again:');
  const again = await stage.ask(request);
  stage.claim('it says it is a replay', again.headers.get('idempotency-replayed'), 'true');
  stage.claim('the answer is the same, byte for byte', again.text, first.text);

  stage.tell(
    `The answer named its position, ${wallet.position}: a read that asks for it sees the wallet.`,
  );
  const path = `/accounts/${wallet.id}/balance?min_position=${wallet.position}`;
  const read = balance.parse((await stage.ask({ method: 'GET', path })).body);
  stage.claim('it reads the opening balance', read.balance_minor, 2500n);
  stage.claim('as of that position or a later one', read.as_of_position >= wallet.position, true);
}

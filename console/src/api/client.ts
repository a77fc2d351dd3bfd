import { CreditLedger } from '@credit-ledger/sdk';

/** Tells the gateway that a page of its own asks: without it a cookie counts for nothing. */
const headers = { 'console-request': '1' };

const clients = new Map<string, CreditLedger>();

/** The client that asks with this browser's session. @param ledger the name in the address; empty: the key's first */
export function clientFor(ledger: string): CreditLedger {
  const known = clients.get(ledger);
  if (known !== undefined) return known;
  const client = new CreditLedger({
    url: location.origin,
    headers,
    ledger: ledger === '' ? undefined : ledger,
    attemptsMax: 3,
    timeoutMs: 20_000,
  });
  clients.set(ledger, client);
  return client;
}

/** Exchanges a key, or the code of a sign-in link, for this browser's session. The page does not keep it. */
export async function signIn(credential: string): Promise<void> {
  const client = new CreditLedger({
    url: location.origin,
    headers,
    apiKey: credential,
    attemptsMax: 1,
  });
  await client.createSession();
}

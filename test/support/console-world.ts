import type { Product } from './product.ts';

/** A ledger with one of each thing that the console shows. */
export interface ConsoleWorld {
  readonly alice: string;
  readonly bob: string;
  readonly transfer: string;
  readonly hold: string;
  readonly failed: string;
  readonly entry: string;
  readonly letter: string;
  readonly webhook: string;
}

/** Some days of a small bank: salaries, rents, a hold, a refusal, and what operators look at. */
export async function furnish(product: Product): Promise<ConsoleWorld> {
  const { post, call, open, move, sql } = product;
  const alice = await open('alice', {
    name: 'Alice Moreau',
    credit_limit_minor: 50_000,
    metadata: { branch: 12, iban: 'FR7630006000011234567890189' },
  });
  const bob = await open('bob', { name: 'Bob Lindqvist', credit_limit_minor: 0 });
  await open('rent', { name: 'Rent collected', type: 'INCOME' });
  await open('euro', { name: 'Euro account', currency: 'EUR', credit_limit_minor: 0 });
  for (const [name, amount] of Object.entries({ alice: 420_000, bob: 310_050 }))
    await post(
      `/v1/accounts/ext:${name}/deposits`,
      { amount_minor: amount, description: 'Salary' },
      `salary-${name}`,
    );
  for (let day = 1; day <= 12; day++)
    await move(`rent-${day}`, day % 2 === 0 ? 'alice' : 'bob', 'rent', 12_500 + day * 310, {
      description: `Rent, day ${day}`,
    });
  const made = await move('lunch', 'alice', 'bob', 1875, {
    description: 'Lunch',
    external_id: 'lunch-1',
  });
  const hold = await move('hotel', 'alice', 'bob', 24_000, { description: 'Hotel', hold: true });
  await move('shoes', 'bob', 'alice', 99_000_000, { description: 'Too many shoes' });
  const failures = await call('GET', '/v1/transfers?status=FAILED');
  await post('/v1/admin/seals', undefined, 'seal');
  await post('/v1/admin/reconciliations', {}, 'reconcile', 202);
  await post('/v1/admin/verifications', undefined, 'verify', 202);
  const webhook = await call('POST', '/v1/webhooks', {
    body: { url: 'https://hooks.example.com/ledger' },
  });
  await call('POST', '/v1/api-keys', {
    body: { name: 'Billing', scopes: ['read', 'write'], ledgers: ['main'] },
  });
  await post('/v1/currencies', { code: 'POINTS', scale: 0 }, 'points');
  await post('/v1/ledgers', { name: 'play', sandbox: true }, 'play');
  await post('/v1/ledgers/play/clock', { advance_seconds: 172_800 }, 'clock', 200);
  const { rows } = await sql.query<{ id: string }>(
    `insert into read_models.dead_letters (kind, consumer, consumer_version, topic, partition, position, event_id, key,
        keys, type, payload, headers, error_class, message, stack, attempts, first_failed_at, last_failed_at, status)
      values ('event', 'statements', 1, 'log', 'log', 3, gen_random_uuid(), $1, array[$1::uuid], 'EntryPosted', '', '{}',
        'RangeError', 'the amount is out of range', 'RangeError: the amount is out of range', 3, now(), now(), 'parked')
      returning id`,
    [alice],
  );
  return {
    alice,
    bob,
    transfer: idIn(made.json),
    entry: String(made.json['entry_id']),
    hold: idIn(hold.json),
    failed: idIn(firstOf(failures.json)),
    letter: rows[0]?.id ?? '',
    webhook: idIn(webhook.json),
  };
}

function idIn(fields: Record<string, unknown>): string {
  return String(fields['id']);
}

function firstOf(page: Record<string, unknown>): Record<string, unknown> {
  const { data } = page;
  const first: unknown = Array.isArray(data) ? data[0] : undefined;
  return typeof first === 'object' && first !== null ? { ...first } : {};
}

// A load on a running credit-ledger, for k6: `npm run load -- smoke`, or `k6 run -e API_KEY=… bench/k6/ledger-load.ts`.
// PROFILE names the shape of the load, URL the server, LEDGER the ledger it works in, RATE and SECONDS change the shape.
import { check, fail, sleep } from 'k6';
import http, { type Response } from 'k6/http';
import { Counter } from 'k6/metrics';
import type { Options, Scenario } from 'k6/options';

const {
  PROFILE: profile = 'smoke',
  URL: url = 'http://127.0.0.1:4000',
  API_KEY: key = '',
  RATE: rateGiven,
  SECONDS: secondsGiven,
} = __ENV;
const ledger = __ENV['LEDGER'] ?? `load-${Date.now()}`;
const accountCount = 1000;
const currency = 'USD';
/** Of ten requests so many read; the others move money. */
const readsOfTen = 6;
const reconcileSecondsMax = 600;

/** Each is a unit of money, so the ledger's own sums say whether one was lost. */
const acknowledged = new Counter('transfers_acknowledged');
/** What was refused because the server has more to do than it can: an answer that a client may try again. */
const shed = new Counter('requests_shed');

const rate = (otherwise: number): number => Number(rateGiven ?? otherwise);
const seconds = (otherwise: number): string => `${secondsGiven ?? otherwise}s`;
const vus = { preAllocatedVUs: 300, maxVUs: 600 };

function constant(perSecond: number, duration: string, startTime = '0s'): Scenario {
  return { executor: 'constant-arrival-rate', rate: perSecond, duration, startTime, ...vus };
}

const scenarios: Readonly<Record<string, Record<string, Scenario>>> = {
  smoke: { steady: constant(rate(100), seconds(10)) },
  load: { steady: constant(rate(1200), seconds(180)) },
  stress: {
    rising: {
      executor: 'ramping-arrival-rate',
      startRate: 500,
      ...vus,
      stages: [1, 2, 3, 4].map((step) => ({ target: rate(4000) * (step / 4), duration: seconds(30) })),
    },
    after: constant(200, '30s', `${4 * Number(secondsGiven ?? 30) + 10}s`),
  },
  spike: {
    before: constant(200, '15s'),
    spike: constant(rate(4000), '20s', '15s'),
    after: constant(200, '30s', '45s'),
  },
  soak: { steady: constant(rate(300), seconds(1800)) },
};

const chosen = scenarios[profile];
if (chosen === undefined) throw new Error(`PROFILE is one of ${Object.keys(scenarios).join(', ')}`);

/** Where more comes than can be done, what counts is that it recovers; elsewhere every answer has to be in time. */
const isOverload = 'after' in chosen;
const of = isOverload ? ',scenario:after' : '';
/** A smoke test says whether it works, not how fast: it also runs on machines that are busy. */
const isMeasured = profile !== 'smoke';
const limits = isMeasured
  ? { read: ['p(95)<100'], transfer: ['p(95)<100', 'p(99)<500'] }
  : { read: ['p(95)<5000'], transfer: ['p(95)<5000'] };

export const options: Options = {
  scenarios: chosen,
  thresholds: {
    [`http_req_duration{kind:read${of}}`]: limits.read,
    [`http_req_duration{kind:transfer${of}}`]: limits.transfer,
    'http_req_failed{kind:read}': ['rate<0.001'],
    'http_req_failed{kind:transfer}': ['rate<0.001'],
    checks: ['rate==1'],
    ...(profile === 'load' ? { 'http_reqs{scenario:steady}': ['rate>=1000'] } : {}),
    ...(isOverload ? {} : { requests_shed: ['count==0'] }),
  },
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max'],
  noConnectionReuse: false,
  insecureSkipTLSVerify: true,
  setupTimeout: '60s',
  teardownTimeout: `${reconcileSecondsMax + 60}s`,
};

http.setResponseCallback(http.expectedStatuses(200, 201, 202, ...(isOverload ? [503] : [])));

const anywhere = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
const headers = { ...anywhere, ledger };

function post(path: string, body: unknown, name: string) {
  const params = { headers: { ...headers, 'idempotency-key': name } };
  return http.post(`${url}/v1${path}`, JSON.stringify(body), params);
}

interface Furniture {
  readonly accounts: readonly string[];
}

/** A ledger of its own, with accounts that may go below zero. */
export function setup(): Furniture {
  const made = http.post(`${url}/v1/ledgers`, JSON.stringify({ name: ledger }), {
    headers: anywhere,
  });
  if (made.status !== 201 && made.status !== 409) fail(`no ledger: ${made.status}`);
  const accounts = Array.from({ length: accountCount }, (_, index) => ({
    currency,
    external_id: `load-${index}`,
  }));
  const opened = post('/accounts/batch', { accounts }, `${ledger}-accounts`);
  if (opened.status >= 300) fail(`no accounts: ${opened.status}`);
  return { accounts: accounts.map(({ external_id: name }) => `ext:${name}`) };
}

const random = (): number => Math.floor(Math.random() * accountCount);

function read({ accounts }: Furniture): void {
  const path = `/accounts/${accounts[random()]}/balance`;
  const answer = http.get(`${url}/v1${path}`, {
    headers,
    tags: { kind: 'read', name: '/accounts/{id}/balance' },
  });
  if (answer.status === 503) shed.add(1);
}

let sent = 0;

function move({ accounts }: Furniture): void {
  const from = random();
  const to = (from + 1 + (random() % (accountCount - 1))) % accountCount;
  const body = { from: accounts[from], to: accounts[to], amount_minor: 1, currency };
  sent += 1;
  const answer = http.post(`${url}/v1/transfers`, JSON.stringify(body), {
    headers: { ...headers, 'idempotency-key': `${ledger}-${__VU}-${sent}` },
    tags: { kind: 'transfer', name: '/transfers' },
  });
  if (answer.status === 201) acknowledged.add(1);
  if (answer.status === 503) shed.add(1);
}

export default function act(furniture: Furniture): void {
  if (Math.random() * 10 < readsOfTen) read(furniture);
  else move(furniture);
}

function textOf(answer: Response, field: string): string {
  const value = answer.json(field);
  return typeof value === 'string' ? value : '';
}

/** Every load ends in a reconciliation: each copy agrees with the journal, and the books balance. */
export function teardown(): void {
  const begun = post('/admin/reconciliations', {}, `${ledger}-reconcile`);
  if (begun.status >= 300) fail(`no reconciliation: ${begun.status}`);
  const id = textOf(begun, 'id');
  let state = '';
  for (
    let second = 0;
    second < reconcileSecondsMax && state !== 'done' && state !== 'failed';
    second += 1
  ) {
    sleep(1);
    const answer = http.get(`${url}/v1/admin/reconciliations/${id}`, { headers });
    state = textOf(answer, 'state');
    if (state === 'done')
      check(answer, { 'nothing differs from the journal': (r) => r.json('report.drifted') === 0 });
  }
  check(state, { 'the reconciliation ended': (r) => r === 'done' });
  const books = http.get(`${url}/v1/reports/trial-balance`, { headers });
  check(books, { 'the books balance': (r) => r.json('balanced') === true });
}

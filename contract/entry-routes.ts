import { activityOut } from './activity.ts';
import { entryBody, entryOut, reverseEntryBody } from './entries.ts';
import { freshnessQuery, listEntriesQuery, pageOut, trialBalanceQuery } from './lists.ts';
import { trialBalanceOut } from './reports.ts';
import { dailyQuery, dailyTotalsOut } from './projections.ts';
import type { RefusalCode } from './errors.ts';
import type { Route } from './route.ts';
import { accountRules, idParams } from './route-parts.ts';

const entryRules = [
  'idempotency_key_reused',
  'too_few_lines',
  'unbalanced_entry',
  'effective_at_too_far',
  'period_closed',
  ...accountRules,
] as const satisfies RefusalCode[];

/** The journal and reports of it. */
export const entryRoutes = {
  postEntry: {
    method: 'POST',
    path: '/v1/entries',
    summary: 'Post a journal entry of any number of lines',
    tag: 'Entries',
    scope: 'write',
    body: entryBody,
    status: 201,
    response: entryOut,
    money: true,
    idempotent: true,
    refusals: entryRules,
  },
  listEntries: {
    method: 'GET',
    path: '/v1/entries',
    summary: 'Read the journal',
    tag: 'Entries',
    scope: 'read',
    fresh: true,
    query: listEntriesQuery,
    status: 200,
    response: pageOut('Entries', entryOut),
    refusals: ['transfer_not_found'],
  },
  readEntry: {
    method: 'GET',
    path: '/v1/entries/{id}',
    summary: 'Read an entry',
    tag: 'Entries',
    scope: 'read',
    fresh: true,
    params: idParams,
    query: freshnessQuery,
    status: 200,
    response: entryOut,
    refusals: ['entry_not_found'],
  },
  reverseEntry: {
    method: 'POST',
    path: '/v1/entries/{id}/reverse',
    summary: 'Reverse an entry',
    tag: 'Entries',
    scope: 'write',
    params: idParams,
    body: reverseEntryBody,
    bodyOptional: true,
    approvable: true,
    status: 201,
    response: entryOut,
    money: true,
    idempotent: true,
    refusals: [
      'idempotency_key_reused',
      'entry_not_found',
      'not_reversible',
      'already_reversed',
      ...accountRules,
    ],
  },
  readDailyTotals: {
    method: 'GET',
    path: '/v1/reports/daily-totals',
    summary: 'Read the volumes of the ledger by UTC day or month and currency',
    tag: 'Reports',
    scope: 'read',
    modelled: true,
    query: dailyQuery,
    status: 200,
    response: dailyTotalsOut,
  },
  readActivity: {
    method: 'GET',
    path: '/v1/reports/activity',
    summary: 'Read what happens now: rate, latency, open holds, failures',
    tag: 'Reports',
    scope: 'read',
    status: 200,
    response: activityOut,
  },
  readTrialBalance: {
    method: 'GET',
    path: '/v1/reports/trial-balance',
    summary: 'Read the trial balance',
    tag: 'Reports',
    scope: 'read',
    fresh: true,
    query: trialBalanceQuery,
    status: 200,
    response: trialBalanceOut,
    refusals: ['at_in_future'],
  },
} as const satisfies Record<string, Route>;

import { percentiles, rate, type Dashboard, type Panel } from './dashboard.ts';

const failed = 'sum(rate(http_requests_total{status=~"5.."}[$__rate_interval])) or on () vector(0)';

const overview: Dashboard = {
  uid: 'ledger-overview',
  title: 'Ledger: overview',
  panels: [
    { title: 'Writers', unit: 'short', kind: 'stat', queries: [['sum(ledger_writing)', '']] },
    {
      title: 'Processes that answer',
      unit: 'short',
      kind: 'stat',
      queries: [['sum(up{job="credit-ledger"})', '']],
    },
    {
      title: 'Dead letters',
      unit: 'short',
      kind: 'stat',
      alarm: 1,
      queries: [['sum(max by (consumer) (dead_letters_parked))', '']],
    },
    {
      title: 'Drift',
      unit: 'short',
      kind: 'stat',
      alarm: 1,
      queries: [['sum(max by (source) (ledger_drift_accounts))', '']],
    },
    { title: 'Requests', unit: 'reqps', queries: [rate('http_requests_total', 'status')] },
    {
      title: 'Time of a transfer',
      unit: 's',
      alarm: 0.5,
      queries: percentiles('http_request_duration_seconds', '', '{method="POST",route="/v1/transfers"}'),
    },
    {
      title: 'Share of requests that fail',
      unit: 'percentunit',
      alarm: 0.01,
      queries: [
        [`(${failed}) / clamp_min(sum(rate(http_requests_total[$__rate_interval])), 0.01)`, 'failed'],
      ],
    },
    { title: 'Entries posted', unit: 'ops', queries: [rate('ledger_entries_created_total')] },
    {
      title: 'Oldest event on its way out',
      unit: 's',
      alarm: 15,
      queries: [
        ['max(outbox_oldest_unpublished_age_seconds)', 'to the broker'],
        ['max(webhook_oldest_pending_seconds)', 'to a webhook'],
        ['max(worker_oldest_due_job_age_seconds)', 'to its run'],
      ],
    },
    {
      title: 'Positions not projected',
      unit: 'short',
      queries: [['max by (consumer) (consumer_lag)', '{{consumer}}']],
    },
  ],
};

const writePath: Dashboard = {
  uid: 'ledger-write-path',
  title: 'Ledger: write path',
  panels: [
    {
      title: 'Requests by route',
      unit: 'reqps',
      queries: [rate('http_requests_total', 'method, route', '{method!="GET"}')].map(([expr]) => [
        expr,
        '{{method}} {{route}}',
      ]),
    },
    {
      title: 'Time by route, p99',
      unit: 's',
      queries: [
        [
          'histogram_quantile(0.99, sum by (le, method, route) (rate(http_request_duration_seconds_bucket{method!="GET"}[$__rate_interval])))',
          '{{method}} {{route}}',
        ],
      ],
    },
    {
      title: 'Requests at work and waiting',
      unit: 'short',
      queries: [['sum by (kind, state) (gateway_requests)', '{{kind}} {{state}}']],
    },
    {
      title: 'Commands that wait for the writer',
      unit: 'short',
      alarm: 5000,
      queries: [['max(ledger_queue_commands)', 'queued']],
    },
    { title: 'Wait in the queue', unit: 's', queries: percentiles('ledger_queue_wait_seconds') },
    { title: 'Time to decide a batch', unit: 's', queries: percentiles('ledger_decide_seconds') },
    {
      title: 'Time of a commit',
      unit: 's',
      alarm: 0.25,
      queries: percentiles('ledger_commit_seconds'),
    },
    { title: 'Commands in a batch', unit: 'short', queries: percentiles('ledger_batch_commands') },
    {
      title: 'Batches decided again',
      unit: 'ops',
      queries: [rate('ledger_batch_rollbacks_total', 'reason')],
    },
    {
      title: 'Refusals by a rule',
      unit: 'ops',
      queries: [rate('ledger_entry_validation_errors_total', 'code')],
    },
    { title: 'Answers given again', unit: 'ops', queries: [rate('idempotency_replays_total')] },
    { title: 'Position of the log', unit: 'short', queries: [['max(ledger_position)', 'position']] },
  ],
};

const events: Dashboard = {
  uid: 'ledger-events',
  title: 'Ledger: events, worker, webhooks',
  panels: [
    {
      title: 'Oldest unpublished event',
      unit: 's',
      alarm: 15,
      queries: [['max(outbox_oldest_unpublished_age_seconds)', 'age']],
    },
    {
      title: 'Events published',
      unit: 'ops',
      queries: [rate('outbox_events_published_total'), rate('outbox_publish_failures_total')].map(
        ([expr], index) => [expr, index === 0 ? 'published' : 'failures'],
      ),
    },
    {
      title: 'From commit to broker',
      unit: 's',
      queries: percentiles('outbox_relay_latency_seconds'),
    },
    { title: 'Events consumed', unit: 'ops', queries: [rate('events_consumed_total', 'consumer')] },
    {
      title: 'Transfers run later',
      unit: 'ops',
      queries: [rate('worker_processing_duration_seconds_count', 'outcome')],
    },
    {
      title: 'Time of a run',
      unit: 's',
      queries: percentiles('worker_processing_duration_seconds'),
    },
    { title: 'Retries of the worker', unit: 'ops', queries: [rate('worker_retries_total', 'code')] },
    {
      title: 'Oldest job that is due',
      unit: 's',
      alarm: 60,
      queries: [['max(worker_oldest_due_job_age_seconds)', 'age']],
    },
    {
      title: 'Webhooks by outcome',
      unit: 'ops',
      queries: [rate('webhook_attempt_duration_seconds_count', 'outcome')],
    },
    {
      title: 'Webhooks that wait',
      unit: 'short',
      queries: [['max by (status) (webhook_deliveries_pending) or on () vector(0)', '{{status}}']],
    },
    { title: 'Dead letters made', unit: 'ops', queries: [rate('dlq_messages_total', 'consumer')] },
    {
      title: 'Dead letters that wait for somebody',
      unit: 'short',
      alarm: 1,
      queries: [['max by (consumer) (dead_letters_parked)', '{{consumer}}']],
    },
    { title: 'Live feeds', unit: 'short', queries: [['sum(event_feeds_open)', 'open']] },
    {
      title: 'Commands from SQL',
      unit: 'ops',
      queries: [rate('sql_commands_total', 'status'), ['max(sql_commands_waiting)', 'waiting']],
    },
  ],
};

const readModels: Dashboard = {
  uid: 'ledger-read-models',
  title: 'Ledger: read models',
  panels: [
    {
      title: 'Positions not applied',
      unit: 'short',
      alarm: 10_000,
      queries: [['max by (consumer) (consumer_lag)', '{{consumer}}']],
    },
    {
      title: 'From commit to read model',
      unit: 's',
      alarm: 0.5,
      queries: percentiles('projection_latency_seconds', 'projection'),
    },
    {
      title: 'Events applied',
      unit: 'ops',
      queries: [rate('events_consumed_total', 'consumer', '{consumer!~"worker|webhooks"}')],
    },
    {
      title: 'Projections that run',
      unit: 'short',
      queries: [['max by (projection) (projection_running)', '{{projection}}']],
    },
    {
      title: 'Reads by route',
      unit: 'reqps',
      queries: [rate('http_requests_total', 'route', '{method="GET"}')],
    },
    {
      title: 'Time of reads, p99',
      unit: 's',
      queries: [
        [
          'histogram_quantile(0.99, sum by (le, route) (rate(http_request_duration_seconds_bucket{method="GET"}[$__rate_interval])))',
          '{{route}}',
        ],
      ],
    },
    {
      title: 'Different from the journal',
      unit: 'short',
      alarm: 1,
      queries: [['max by (source) (ledger_drift_accounts)', '{{source}}']],
    },
  ],
};

const processPanels: readonly Panel[] = [
  {
    title: 'Processor',
    unit: 'percentunit',
    queries: [['rate(process_cpu_seconds_total[$__rate_interval])', '{{instance}}']],
  },
  { title: 'Memory', unit: 'bytes', queries: [['process_resident_memory_bytes', '{{instance}}']] },
  {
    title: 'Heap in use',
    unit: 'bytes',
    queries: [['nodejs_heap_size_used_bytes', '{{instance}}']],
  },
  {
    title: 'Delay of the event loop, p99',
    unit: 's',
    alarm: 0.2,
    queries: [['nodejs_eventloop_lag_p99_seconds', '{{instance}}']],
  },
  {
    title: 'Garbage collection',
    unit: 's',
    queries: [rate('nodejs_gc_duration_seconds_sum', 'kind')],
  },
  {
    title: 'Open files and connections',
    unit: 'short',
    queries: [['process_open_fds', '{{instance}}']],
  },
];

const operations: Dashboard = {
  uid: 'ledger-operations',
  title: 'Ledger: operations',
  panels: [
    {
      title: 'Circuit breakers (2 is open)',
      unit: 'short',
      alarm: 2,
      queries: [['max by (name) (circuit_breaker_state)', '{{name}}']],
    },
    {
      title: 'Database connections at work',
      unit: 'short',
      queries: [['sum by (pool) (db_pool_connections{state="busy"})', '{{pool}}']],
    },
    {
      title: 'What waits for a connection',
      unit: 'short',
      queries: [['sum by (pool) (db_pool_waiting_requests)', '{{pool}}']],
    },
    {
      title: 'Jobs',
      unit: 'short',
      queries: [
        [
          'sum by (job, outcome) (increase(scheduler_job_runs_total[1h])) or on () vector(0)',
          '{{job}} {{outcome}}',
        ],
      ],
    },
    {
      title: 'Bad records found by the last verification',
      unit: 'short',
      alarm: 1,
      queries: [['sum by (check) (verification_bad_records) or on () vector(0)', '{{check}}']],
    },
    {
      title: 'Holds beyond their time',
      unit: 'short',
      alarm: 1,
      queries: [['max(ledger_holds_overdue)', 'overdue']],
    },
    { title: 'Spans of traces', unit: 'ops', queries: [rate('trace_spans_total', 'outcome')] },
    {
      title: 'Processes by role',
      unit: 'short',
      queries: [['sum by (role) (credit_ledger_info)', '{{role}}']],
    },
    ...processPanels,
  ],
};

const kinds = ['Completed', 'Failed', 'Held', 'Settled', 'Voided', 'Expired', 'Reversed', 'Scheduled'];

const business: Dashboard = {
  uid: 'ledger-business',
  title: 'Ledger: business volumes',
  panels: [
    {
      title: 'Transfers today',
      unit: 'short',
      kind: 'stat',
      queries: [['sum(increase(ledger_events_appended_total{type="TransferCompleted"}[1d]))', '']],
    },
    {
      title: 'Accounts opened today',
      unit: 'short',
      kind: 'stat',
      queries: [['sum(increase(ledger_events_appended_total{type="AccountCreated"}[1d]))', '']],
    },
    {
      title: 'Transfers that failed today',
      unit: 'short',
      kind: 'stat',
      queries: [['sum(increase(ledger_events_appended_total{type="TransferFailed"}[1d]))', '']],
    },
    {
      title: 'Holds placed today',
      unit: 'short',
      kind: 'stat',
      queries: [['sum(increase(ledger_events_appended_total{type="TransferHeld"}[1d]))', '']],
    },
    {
      title: 'Transfers by what became of them',
      unit: 'ops',
      queries: [
        [
          `sum by (type) (rate(ledger_events_appended_total{type=~"Transfer(${kinds.join('|')})"}[$__rate_interval]))`,
          '{{type}}',
        ],
      ],
    },
    {
      title: 'Posted a second, in minor units',
      description: 'Each entry counts once; amounts of different currencies can not be compared.',
      unit: 'short',
      queries: [rate('ledger_posted_minor_units_total', 'currency')],
    },
    {
      title: 'Posted in an hour, in minor units',
      unit: 'short',
      queries: [['sum by (currency) (increase(ledger_posted_minor_units_total[1h]))', '{{currency}}']],
    },
    {
      title: 'Accounts opened',
      unit: 'ops',
      queries: [rate('ledger_events_appended_total', '', '{type="AccountCreated"}')],
    },
    {
      title: 'Why transfers are refused',
      unit: 'ops',
      queries: [rate('ledger_entry_validation_errors_total', 'code')],
    },
  ],
};

const lines = (filter: string): string => `{service="credit-ledger"} | json ${filter}`;

const logs: Dashboard = {
  uid: 'ledger-logs',
  title: 'Ledger: logs',
  panels: [
    {
      title: 'Errors and what is fatal',
      unit: 'short',
      kind: 'logs',
      queries: [[lines('| level=~"error|fatal"'), '']],
    },
    { title: 'Warnings', unit: 'short', kind: 'logs', queries: [[lines('| level="warn"'), '']] },
    { title: 'Everything', unit: 'short', kind: 'logs', queries: [[lines(''), '']] },
  ],
};

export const dashboards: readonly Dashboard[] = [
  overview,
  writePath,
  events,
  readModels,
  operations,
  business,
  logs,
];

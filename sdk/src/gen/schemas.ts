/* Made by tools/generate-sdk.ts from docs/openapi.json: change the contract and run npm run generate. */
import type {AmountIn, EventPayload, JsonObject, Metadata, ProblemDocument, TimeIn} from '../values.ts';

export type Export = string;
export type ReadStatementFormat = 'csv' | 'pdf' | 'camt.053';
export type PreviewBody =
  | {
      /**
       * An account: its id, or `ext:` and its external id
       */
      from: string;
      /**
       * An account: its id, or `ext:` and its external id
       */
      to: string;
      /**
       * Minor units, 1 to 2^63-1; beyond 2^53-1 as a string of digits
       */
      amount_minor: AmountIn;
      /**
       * ISO 4217, or a code registered at /v1/currencies
       */
      currency: string;
      execute_at?: (TimeIn | null) | undefined;
      id?: (string | null) | undefined;
      external_id?: (string | null) | undefined;
      description?: (string | null) | undefined;
      metadata?: (Metadata | null) | undefined;
      effective_at?: (TimeIn | null) | undefined;
      hold?:
        | (
            | (
                | boolean
                | {
                    expires_in_seconds?: (number | null) | undefined;
                    expires_at?: (TimeIn | null) | undefined;
                  }
              )
            | null
          )
        | undefined;
      require?:
        | ({
            from?:
              | ({
                  available_min_minor?: (AmountIn | null) | undefined;
                  available_max_minor?: (AmountIn | null) | undefined;
                  version?: (number | null) | undefined;
                } | null)
              | undefined;
            to?:
              | ({
                  available_min_minor?: (AmountIn | null) | undefined;
                  available_max_minor?: (AmountIn | null) | undefined;
                  version?: (number | null) | undefined;
                } | null)
              | undefined;
          } | null)
        | undefined;
      idempotencyKey?: (string | null) | undefined;
    }
  | {
      mode: 'independent' | 'atomic';
      /**
       * @minItems 1
       * @maxItems 1000
       */
      transfers: {
        /**
         * An account: its id, or `ext:` and its external id
         */
        from: string;
        /**
         * An account: its id, or `ext:` and its external id
         */
        to: string;
        /**
         * Minor units, 1 to 2^63-1; beyond 2^53-1 as a string of digits
         */
        amount_minor: AmountIn;
        /**
         * ISO 4217, or a code registered at /v1/currencies
         */
        currency: string;
        execute_at?: (TimeIn | null) | undefined;
        id?: (string | null) | undefined;
        external_id?: (string | null) | undefined;
        description?: (string | null) | undefined;
        metadata?: (Metadata | null) | undefined;
        effective_at?: (TimeIn | null) | undefined;
        hold?:
          | (
              | (
                  | boolean
                  | {
                      expires_in_seconds?: (number | null) | undefined;
                      expires_at?: (TimeIn | null) | undefined;
                    }
                )
              | null
            )
          | undefined;
        require?:
          | ({
              from?:
                | ({
                    available_min_minor?: (AmountIn | null) | undefined;
                    available_max_minor?: (AmountIn | null) | undefined;
                    version?: (number | null) | undefined;
                  } | null)
                | undefined;
              to?:
                | ({
                    available_min_minor?: (AmountIn | null) | undefined;
                    available_max_minor?: (AmountIn | null) | undefined;
                    version?: (number | null) | undefined;
                  } | null)
                | undefined;
            } | null)
          | undefined;
        idempotencyKey?: (string | null) | undefined;
      }[];
    }
  | {
      /**
       * @maxItems 1000
       */
      lines: {
        /**
         * An account: its id, or `ext:` and its external id
         */
        account_id: string;
        side: 'DEBIT' | 'CREDIT';
        /**
         * Minor units, 1 to 2^63-1; beyond 2^53-1 as a string of digits
         */
        amount_minor: AmountIn;
        require?:
          | ({
              available_min_minor?: (AmountIn | null) | undefined;
              available_max_minor?: (AmountIn | null) | undefined;
              version?: (number | null) | undefined;
            } | null)
          | undefined;
      }[];
      batch_id?: (string | null) | undefined;
      description?: (string | null) | undefined;
      effective_at?: (TimeIn | null) | undefined;
      /**
       * May count in a closed period; marked so in its metadata; needs the scope admin
       */
      adjusting?: (boolean | null) | undefined;
      metadata?: (Metadata | null) | undefined;
      idempotencyKey?: (string | null) | undefined;
    };
export type ListAuditLogFormat = 'csv' | 'ndjson';
export type ExportLedgerFormat = 'ndjson' | 'hledger' | 'ledger' | 'beancount';

export interface Account {
  id: string;
  ledger: string;
  external_id: string | null;
  name: string | null;
  type: 'ASSET' | 'LIABILITY' | 'EQUITY' | 'INCOME' | 'EXPENSE';
  currency: string;
  normal_side: 'DEBIT' | 'CREDIT';
  status: 'ACTIVE' | 'SUSPENDED' | 'CLOSED';
  credit_limit_minor: bigint | null;
  credit_limit_schedule: {
    from: string;
    limit_minor: bigint | null;
  }[];
  /**
   * Minor units
   */
  balance_minor: bigint;
  /**
   * Minor units
   */
  held_minor: bigint;
  /**
   * Minor units
   */
  incoming_minor: bigint;
  /**
   * Minor units
   */
  available_minor: bigint;
  version: number;
  revision: number;
  metadata: Metadata;
  created_at: string;
  updated_at: string;
  position: number;
}
export interface AccountBatchResult {
  results: {
    index: number;
    status: 'OPENED' | 'REFUSED';
    account?: Account;
    error?: ProblemDocument;
  }[];
  opened: number;
  failed: number;
  position: number;
}
export interface Accounts {
  data: Account[];
  next_cursor: string | null;
}
export interface Activity {
  as_of: string;
  /**
   * Transfers that were made in each of the last 60 seconds, the oldest first
   */
  per_second: number[];
  /**
   * Requests that move money, as this gateway answered them in the last minute; null: none
   */
  latency: {
    count: number;
    p50_ms: number;
    p99_ms: number;
  } | null;
  /**
   * Holds that are open
   */
  holds: {
    currency: string;
    count: number;
    /**
     * Minor units
     */
    held_minor: bigint;
  }[];
  /**
   * Of the last day, the most frequent first
   */
  failures: {
    code: string;
    count: number;
  }[];
  /**
   * How many transfers of the last day were looked at: the newest 10000 at most
   */
  sampled: number;
}
export interface ApiKey {
  id: string;
  name: string;
  scopes: ('read' | 'write' | 'admin' | 'keys' | 'redrive')[];
  ledgers: string[];
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
  replaced_by: string | null;
  rate_limit_per_second: number | null;
}
export interface ApiKeys {
  data: ApiKey[];
  next_cursor: string | null;
}
export interface Approval {
  id: string;
  /**
   * `approved` is carried out at this moment, or was when its process ended: approve it again
   */
  state: 'pending' | 'approved' | 'done' | 'refused' | 'rejected' | 'expired';
  operation: string;
  ledger: string;
  method: string;
  path: string;
  /**
   * What was asked for
   */
  body: JsonObject | null;
  requested_by: string;
  requested_at: string;
  expires_at: string;
  decided_by: string | null;
  decided_at: string | null;
  reason: string | null;
  /**
   * What carrying it out was answered with
   */
  answer_status: number | null;
  answer: JsonObject | null;
}
export interface Approvals {
  data: Approval[];
  next_cursor: string | null;
}
export interface AuditLog {
  data: AuditRow[];
  next_cursor: string | null;
}
export interface AuditRow {
  number: number;
  recorded_at: string;
  outcome: 'begun' | 'done' | 'refused' | 'failed';
  action: string;
  actor: string | null;
  ledger: string | null;
  method: string | null;
  path: string | null;
  address: string | null;
  request_id: string | null;
  status: number | null;
  code: string | null;
  occurrences: number;
  detail: string | null;
  hash: string;
}
export interface Balance {
  account_id: string;
  currency: string;
  /**
   * Minor units
   */
  balance_minor: bigint;
  held_minor: bigint | null;
  incoming_minor: bigint | null;
  available_minor: bigint | null;
  credit_limit_minor: bigint | null;
  /**
   * Minor units
   */
  debits_minor: bigint;
  /**
   * Minor units
   */
  credits_minor: bigint;
  version: number | null;
  as_of_position: number;
  as_of: string;
}
export interface Balances {
  data: Balance[];
}
export interface Consistency {
  tree: string;
  from: Seal;
  to: Seal;
  /**
   * Items: 64 hexadecimal digits
   */
  consistency: string[];
}
export interface Seal {
  tree: string;
  tree_size: number;
  /**
   * 64 hexadecimal digits
   */
  root_hash: string;
  sealed_at: string;
  key_id: string;
  /**
   * The signed note, whole
   */
  head: string;
  position: number | null;
}
export interface Currencies {
  data: Currency[];
  next_cursor: string | null;
}
export interface Currency {
  code: string;
  scale: number;
  source: 'iso4217' | 'registered';
}
export interface DailyBalances {
  account_id: string;
  currency: string;
  by: 'recorded' | 'effective';
  data: {
    period: string;
    /**
     * Minor units
     */
    debits_minor: bigint;
    /**
     * Minor units
     */
    credits_minor: bigint;
    debit_count: number;
    credit_count: number;
    /**
     * Minor units
     */
    closing_balance_minor: bigint;
  }[];
  as_of_position: number;
}
export interface DailyTotals {
  by: 'recorded' | 'effective';
  data: {
    period: string;
    currency: string;
    /**
     * Minor units
     */
    debits_minor: bigint;
    /**
     * Minor units
     */
    credits_minor: bigint;
    debit_count: number;
    credit_count: number;
  }[];
  as_of_position: number;
}
export interface DeadLetter {
  id: string;
  kind: 'event' | 'command';
  consumer: string;
  consumer_version: number;
  status: 'parked' | 'waiting' | 'redriven' | 'discarded';
  topic: string;
  partition: string;
  position: number;
  event_id: string;
  key: string;
  keys: string[];
  type: string;
  error_class: string;
  message: string;
  attempts: number;
  first_failed_at: string;
  last_failed_at: string;
  reason: string | null;
}
export interface DeadLetterDetail {
  id: string;
  kind: 'event' | 'command';
  consumer: string;
  consumer_version: number;
  status: 'parked' | 'waiting' | 'redriven' | 'discarded';
  topic: string;
  partition: string;
  position: number;
  event_id: string;
  key: string;
  keys: string[];
  type: string;
  error_class: string;
  message: string;
  attempts: number;
  first_failed_at: string;
  last_failed_at: string;
  reason: string | null;
  stack: string;
  headers: JsonObject;
  /**
   * Decoded; null where it can not be
   */
  payload: EventPayload | null;
  payload_base64: string;
}
export interface DeadLetters {
  data: DeadLetter[];
  next_cursor: string | null;
}
export interface Entries {
  data: Entry[];
  next_cursor: string | null;
}
export interface Entry {
  id: string;
  ledger: string;
  entry_number: number;
  transfer_id: string | null;
  batch_id: string | null;
  reverses: string | null;
  forced: boolean;
  description: string | null;
  metadata: Metadata;
  lines: {
    account_id: string;
    side: 'DEBIT' | 'CREDIT';
    /**
     * Minor units
     */
    amount_minor: bigint;
    currency: string;
    /**
     * Minor units
     */
    balance_after_minor: bigint;
    version: number;
  }[];
  posted_at: string;
  effective_at: string;
  previous_hash: string;
  hash: string;
  position: number;
}
export interface Event {
  position: number;
  event_id: string;
  type: string;
  schema_version: number;
  ledger: string;
  aggregate: 'account' | 'transfer' | 'entry';
  key: string;
  recorded_at: string;
  correlation_id: string | null;
  traceparent: string | null;
  /**
   * The message of events.proto, its fields by their names there
   */
  payload: EventPayload;
}
export interface Events {
  data: Event[];
  /**
   * The `after_position` of the next page; it moves on also where nothing matched
   */
  next_position: number;
}
export interface Job {
  name: string;
  /**
   * Null where it runs only when asked
   */
  every_ms: number | null;
  next_run_at: string | null;
  last_run: JobRun | null;
}
export interface JobRun {
  id: string;
  job: string;
  state: 'waiting' | 'running' | 'done' | 'failed';
  /**
   * From 0 to 1
   */
  progress: number;
  /**
   * What was asked for beyond the job itself
   */
  params: JsonObject;
  /**
   * The job's own account of what it did
   */
  result: JsonObject | null;
  error: string | null;
  /**
   * The key that asked for it; null where its time had come
   */
  requested_by: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}
export interface JobRuns {
  data: JobRun[];
  next_cursor: string | null;
}
export interface Jobs {
  data: Job[];
}
export interface Ledger {
  name: string;
  default_credit_limit_minor: bigint | null;
  entry_count: number;
  head_hash: string;
  created_at: string;
  /**
   * Nothing counts before it any more
   */
  closed_until: string | null;
  /**
   * Null for a ledger that counts
   */
  sandbox: Sandbox | null;
}
export interface Sandbox {
  /**
   * The name under which records and events know it; each reset begins another
   */
  life: string;
  /**
   * How far its clock is ahead of the real one
   */
  clock_offset_ms: number;
}
export interface Ledgers {
  data: Ledger[];
  next_cursor: string | null;
}
export interface NewApiKey {
  id: string;
  name: string;
  scopes: ('read' | 'write' | 'admin' | 'keys' | 'redrive')[];
  ledgers: string[];
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
  replaced_by: string | null;
  rate_limit_per_second: number | null;
  key: string;
}
export interface NewSeals {
  data: Seal[];
}
export interface NewWebhook {
  id: string;
  url: string;
  description: string | null;
  event_types: string[] | null;
  ledgers: string[];
  account_ids: string[] | null;
  status: 'ACTIVE' | 'DISABLED';
  /**
   * `gone`: it answered 410; `failing`: nothing arrived for too long
   */
  disabled_reason: ('caller' | 'gone' | 'failing') | null;
  failing_since: string | null;
  created_at: string;
  updated_at: string;
  secret: string;
}
export interface Operation {
  id: string;
  projection: 'balances' | 'statements' | 'daily_balances' | 'transfer_timeline' | 'transfers';
  kind: 'rebuild' | 'replay';
  account_id: string | null;
  accept_differences: boolean;
  state: 'waiting' | 'loading' | 'comparing' | 'switching' | 'done' | 'differs' | 'failed' | 'cancelled';
  position: number;
  target_position: number;
  /**
   * From 0 to 1
   */
  progress: number;
  comparison:
    | {
        table: string;
        rows: number;
        rows_next: number;
        differences: number;
        sums: JsonObject;
        sums_next: JsonObject;
        checksum: string;
        checksum_next: string;
        examples: JsonObject[];
      }[]
    | null;
  error: string | null;
  requested_by: string;
  created_at: string;
  updated_at: string;
  finished_at: string | null;
}
export interface Operations {
  data: Operation[];
  next_cursor: string | null;
}
export interface Outbox {
  head_position: number;
  as_of: string;
  outboxes: {
    transport: string;
    state: 'sending' | 'waiting' | 'failing' | 'halted';
    published_position: number;
    unpublished_events: number;
    oldest_unpublished_age_seconds: number;
    saved_at: string | null;
    fault: string | null;
    fault_at: string | null;
  }[];
}
export interface Period {
  ledger: string;
  number: number;
  ends_at: string;
  closed_at: string;
  position: number;
  entry_count: number;
  /**
   * Of the journal's last entry at the close
   */
  head_hash: string;
  description: string | null;
  previous_hash: string;
  hash: string;
  /**
   * Null until it is made, moments later
   */
  trial_balance: {
    balanced: boolean;
    rows: {
      currency: string;
      type: 'ASSET' | 'LIABILITY' | 'EQUITY' | 'INCOME' | 'EXPENSE';
      accounts: number;
      /**
       * Minor units
       */
      debits_minor: bigint;
      /**
       * Minor units
       */
      credits_minor: bigint;
      /**
       * On the usual side of the class
       */
      balance_minor: bigint;
    }[];
  } | null;
}
export interface Periods {
  data: Period[];
  next_cursor: string | null;
}
export interface Preview {
  allowed: boolean;
  error: ProblemDocument | null;
  transfer: Transfer | null;
  entry: Entry | null;
  results: JsonObject[] | null;
  accounts: {
    id: string;
    currency: string;
    status: 'ACTIVE' | 'SUSPENDED' | 'CLOSED';
    /**
     * Minor units
     */
    balance_minor: bigint;
    /**
     * Minor units
     */
    held_minor: bigint;
    /**
     * Minor units
     */
    incoming_minor: bigint;
    /**
     * Minor units
     */
    available_minor: bigint;
    version: number;
  }[];
  as_of_position: number;
}
export interface Transfer {
  id: string;
  ledger: string;
  external_id: string | null;
  from: string | null;
  to: string | null;
  /**
   * Minor units
   */
  amount_minor: bigint;
  currency: string;
  status: 'COMPLETED' | 'FAILED' | 'HELD' | 'VOIDED' | 'EXPIRED' | 'INITIATED' | 'SCHEDULED' | 'CANCELLED';
  /**
   * Minor units
   */
  held_minor: bigint;
  /**
   * Minor units
   */
  settled_minor: bigint;
  /**
   * Minor units
   */
  reversed_minor: bigint;
  reverses: string | null;
  entry_id: string | null;
  entry_number: number | null;
  failure: {
    code: string;
    detail: string;
  } | null;
  description: string | null;
  metadata: Metadata;
  effective_at: string;
  execute_at: string | null;
  expires_at: string | null;
  created_at: string;
  completed_at: string | null;
  position: number;
}
export interface Processing {
  attempts: number;
  last_error: string | null;
  next_attempt_at: string | null;
}
export interface Projection {
  name: 'balances' | 'statements' | 'daily_balances' | 'transfer_timeline' | 'transfers';
  state: 'running' | 'paused' | 'stopped';
  reason: string | null;
  generation: number;
  position: number;
  head_position: number;
  lag_positions: number;
  lag_seconds: number;
  parked: number;
  waiting: number;
  partitions: {
    name: string;
    position: number;
  }[];
  /**
   * When a reconciliation found it different from the journal; reads are stale
   */
  drifted_at: string | null;
  drift_reconciliation_id: string | null;
  operation: Operation | null;
}
export interface Projections {
  data: Projection[];
}
export interface Receipt {
  format: string;
  entry: Entry;
  leaf_index: number;
  tree_size: number;
  /**
   * Items: 64 hexadecimal digits
   */
  inclusion: string[];
  head: string;
}
export interface Reconciliation {
  id: string;
  state: 'waiting' | 'running' | 'done' | 'failed';
  /**
   * From 0 to 1
   */
  progress: number;
  report: {
    position: number;
    from_position: number;
    whole: boolean;
    /**
     * Accounts, or blocks of the log, that differ
     */
    drifted: number;
    sources: {
      source: string;
      /**
       * Compared as it was at this position
       */
      position: number;
      checked: number;
      drifted: number;
      note?: string;
      /**
       * The first 1,000 of them
       */
      differences: {
        /**
         * Id of the account, or where in the log
         */
        subject: string;
        field: string;
        /**
         * What the journal says
         */
        expected: string | null;
        actual: string | null;
        /**
         * Actual less expected, where both are amounts
         */
        difference: string | null;
      }[];
    }[];
    /**
     * The rebuild of each projection; null where one was running
     */
    healing: JsonObject;
    /**
     * Positions of the events `DriftFound`, one for each source that differs
     */
    announced: number[];
  } | null;
  error: string | null;
  requested_by: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}
export interface Reconciliations {
  data: Reconciliation[];
  next_cursor: string | null;
}
export interface RedeliverResult {
  redelivered: number;
}
export interface RedriveResult {
  redriven: number;
  failed: number;
  waiting: number;
}
export interface SealKeys {
  data: {
    key_id: string;
    /**
     * `<name>+<key id>+<base64>`, as a signed note names it
     */
    key: string;
    /**
     * PEM
     */
    public_key: string;
    created_at: string;
  }[];
}
export interface Seals {
  data: Seal[];
  next_cursor: string | null;
}
export interface Session {
  /**
   * The id of the key; `oidc:` and the subject of a token
   */
  key_id: string;
  scopes: ('read' | 'write' | 'admin' | 'keys' | 'redrive')[];
  /**
   * `*` is every ledger
   */
  ledgers: string[];
  /**
   * When the credential, or the session, ends
   */
  expires_at: string | null;
  /**
   * What this request was let in by
   */
  by: 'credential' | 'session';
}
export interface Statement {
  account_id: string;
  currency: string;
  from: string;
  to: string;
  /**
   * Minor units
   */
  opening_balance_minor: bigint;
  /**
   * Minor units
   */
  closing_balance_minor: bigint;
  /**
   * Minor units
   */
  total_debits_minor: bigint;
  /**
   * Minor units
   */
  total_credits_minor: bigint;
  lines: {
    entry_id: string;
    entry_number: number;
    transfer_id: string | null;
    side: 'DEBIT' | 'CREDIT';
    /**
     * Minor units
     */
    amount_minor: bigint;
    /**
     * Minor units
     */
    balance_after_minor: bigint;
    version: number;
    posted_at: string;
    effective_at: string;
    description: string | null;
    counterparty_account_id: string | null;
    metadata: Metadata;
  }[];
  next_cursor: string | null;
  as_of_position: number;
}
export interface Timeline {
  transfer_id: string;
  events: {
    position: number;
    event_id: string;
    type: string;
    status: string | null;
    accepted_at: string | null;
    committed_at: string;
    published_at: string;
    projected_at: string;
    trace_id: string | null;
    correlation_id: string | null;
  }[];
  as_of_position: number;
}
export interface TransferBatchResult {
  results: {
    index: number;
    status: 'POSTED' | 'HELD' | 'SCHEDULED' | 'FAILED';
    transfer?: Transfer;
    error?: ProblemDocument;
  }[];
  posted: number;
  failed: number;
  position: number;
}
export interface TransferDetail {
  id: string;
  ledger: string;
  external_id: string | null;
  from: string | null;
  to: string | null;
  /**
   * Minor units
   */
  amount_minor: bigint;
  currency: string;
  status: 'COMPLETED' | 'FAILED' | 'HELD' | 'VOIDED' | 'EXPIRED' | 'INITIATED' | 'SCHEDULED' | 'CANCELLED';
  /**
   * Minor units
   */
  held_minor: bigint;
  /**
   * Minor units
   */
  settled_minor: bigint;
  /**
   * Minor units
   */
  reversed_minor: bigint;
  reverses: string | null;
  entry_id: string | null;
  entry_number: number | null;
  failure: {
    code: string;
    detail: string;
  } | null;
  description: string | null;
  metadata: Metadata;
  effective_at: string;
  execute_at: string | null;
  expires_at: string | null;
  created_at: string;
  completed_at: string | null;
  position: number;
  processing: Processing | null;
}
export interface Transfers {
  data: Transfer[];
  next_cursor: string | null;
}
export interface TrialBalance {
  ledger: string;
  as_of: string;
  as_of_position: number;
  balanced: boolean;
  rows: {
    currency: string;
    type: 'ASSET' | 'LIABILITY' | 'EQUITY' | 'INCOME' | 'EXPENSE';
    accounts: number;
    /**
     * Minor units
     */
    debits_minor: bigint;
    /**
     * Minor units
     */
    credits_minor: bigint;
    /**
     * Minor units
     */
    balance_minor: bigint;
  }[];
  totals: {
    currency: string;
    /**
     * Minor units
     */
    debits_minor: bigint;
    /**
     * Minor units
     */
    credits_minor: bigint;
    balanced: boolean;
  }[];
}
export interface Verification {
  id: string;
  kind: 'verification';
  state: 'waiting' | 'verifying' | 'done' | 'differs' | 'failed' | 'cancelled';
  position: number;
  target_position: number;
  /**
   * From 0 to 1
   */
  progress: number;
  checks:
    | {
        check: string;
        /**
         * What the book is held to
         */
        says: string;
        /**
         * Bad records, as far as they were counted; 0: it holds
         */
        count: number;
        /**
         * The first bad record: where it is, and what is wrong with it
         */
        first: {
          what: string;
        } | null;
      }[]
    | null;
  error: string | null;
  requested_by: string;
  created_at: string;
  updated_at: string;
  finished_at: string | null;
}
export interface Verifications {
  data: Verification[];
  next_cursor: string | null;
}
export interface Webhook {
  id: string;
  url: string;
  description: string | null;
  event_types: string[] | null;
  ledgers: string[];
  account_ids: string[] | null;
  status: 'ACTIVE' | 'DISABLED';
  /**
   * `gone`: it answered 410; `failing`: nothing arrived for too long
   */
  disabled_reason: ('caller' | 'gone' | 'failing') | null;
  failing_since: string | null;
  created_at: string;
  updated_at: string;
}
export interface WebhookDeliveries {
  data: WebhookDelivery[];
  next_cursor: string | null;
}
export interface WebhookDelivery {
  id: string;
  webhook_id: string;
  /**
   * What `webhook-id` says: the id of the event
   */
  message_id: string;
  type: string;
  position: number | null;
  state: 'pending' | 'delivered' | 'dead';
  attempts: number;
  last_status: number | null;
  last_error: string | null;
  next_attempt_at: string | null;
  created_at: string;
  ended_at: string | null;
}
export interface WebhookDeliveryDetail {
  id: string;
  webhook_id: string;
  /**
   * What `webhook-id` says: the id of the event
   */
  message_id: string;
  type: string;
  position: number | null;
  state: 'pending' | 'delivered' | 'dead';
  attempts: number;
  last_status: number | null;
  last_error: string | null;
  next_attempt_at: string | null;
  created_at: string;
  ended_at: string | null;
  attempt_log: {
    attempt: number;
    started_at: string;
    duration_ms: number;
    /**
     * Of the answer; null where there was none
     */
    status: number | null;
    error: string | null;
    /**
     * The first 1,024 bytes of the answer
     */
    response: string | null;
  }[];
}
export interface Webhooks {
  data: Webhook[];
  next_cursor: string | null;
}
export interface OpenAccountBody {
  /**
   * ISO 4217, or a code registered at /v1/currencies
   */
  currency: string;
  id?: (string | null) | undefined;
  external_id?: (string | null) | undefined;
  name?: (string | null) | undefined;
  type?: (('ASSET' | 'LIABILITY' | 'EQUITY' | 'INCOME' | 'EXPENSE') | null) | undefined;
  normal_side?: (('DEBIT' | 'CREDIT') | null) | undefined;
  credit_limit_minor?: (AmountIn | null) | undefined;
  opening_balance_minor?: (AmountIn | null) | undefined;
  metadata?: (Metadata | null) | undefined;
}
export interface ListAccountsQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
  /**
   * Wait until the read side has reached it
   */
  min_position?: number | undefined;
  /**
   * Read the ledger itself
   */
  consistency?: 'strong' | undefined;
  /**
   * ISO 4217, or a code registered at /v1/currencies
   */
  currency?: string | undefined;
  status?: ('ACTIVE' | 'SUSPENDED' | 'CLOSED') | undefined;
  /**
   * The caller's own id, unique in the ledger
   */
  external_id?: string | undefined;
  /**
   * Rows whose metadata has this text, number or truth value under the key
   */
  metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * These accounts: 1 to 100 ids between commas
   */
  ids?: string | readonly string[] | undefined;
  /**
   * Part of the name or the external id in any case, or the whole id
   */
  q?: string | undefined;
}
export interface OpenAccountsBody {
  /**
   * @minItems 1
   * @maxItems 1000
   */
  accounts: {
    /**
     * ISO 4217, or a code registered at /v1/currencies
     */
    currency: string;
    id?: (string | null) | undefined;
    external_id?: (string | null) | undefined;
    name?: (string | null) | undefined;
    type?: (('ASSET' | 'LIABILITY' | 'EQUITY' | 'INCOME' | 'EXPENSE') | null) | undefined;
    normal_side?: (('DEBIT' | 'CREDIT') | null) | undefined;
    credit_limit_minor?: (AmountIn | null) | undefined;
    opening_balance_minor?: (AmountIn | null) | undefined;
    metadata?: (Metadata | null) | undefined;
  }[];
}
export interface ReadAccountQuery {
  /**
   * Wait until the read side has reached it
   */
  min_position?: number | undefined;
  /**
   * Read the ledger itself
   */
  consistency?: 'strong' | undefined;
}
export interface UpdateAccountBody {
  name?: (string | null) | undefined;
  status?: ('ACTIVE' | 'SUSPENDED' | 'CLOSED') | undefined;
  credit_limit_minor?: (AmountIn | null) | undefined;
  credit_limit_schedule?:
    | (
        | {
            /**
             * RFC 3339 with an offset, kept to the millisecond
             */
            from: TimeIn;
            limit_minor: AmountIn | null;
          }[]
        | null
      )
    | undefined;
  allow_breach?: boolean | undefined;
  metadata?: (Metadata | null) | undefined;
}
export interface ReadBalanceQuery {
  /**
   * Wait until the read side has reached it
   */
  min_position?: number | undefined;
  /**
   * Read the ledger itself
   */
  consistency?: 'strong' | undefined;
  /**
   * As it was recorded at that time
   */
  at?: TimeIn | undefined;
  /**
   * By when lines count
   */
  effective_at?: TimeIn | undefined;
}
export interface ReadBalancesQuery {
  /**
   * Wait until the read side has reached it
   */
  min_position?: number | undefined;
  /**
   * Read the ledger itself
   */
  consistency?: 'strong' | undefined;
  /**
   * 1 to 1000 accounts, between commas
   */
  account_ids: string | readonly string[];
}
export interface ReadDailyBalancesQuery {
  /**
   * The first day
   */
  from?: string | undefined;
  /**
   * The last day
   */
  to?: string | undefined;
  by?: ('recorded' | 'effective') | undefined;
  period?: ('day' | 'month') | undefined;
}
export interface ReadStatementQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
  /**
   * Wait until the read side has reached it
   */
  min_position?: number | undefined;
  /**
   * Read the ledger itself
   */
  consistency?: 'strong' | undefined;
  order?: ('asc' | 'desc') | undefined;
  /**
   * Its first moment; the first line when absent
   */
  from?: TimeIn | undefined;
  /**
   * The moment after its last; now when absent
   */
  to?: TimeIn | undefined;
  by?: ('recorded' | 'effective') | undefined;
}
export interface PostTransferBody {
  /**
   * An account: its id, or `ext:` and its external id
   */
  from: string;
  /**
   * An account: its id, or `ext:` and its external id
   */
  to: string;
  /**
   * Minor units, 1 to 2^63-1; beyond 2^53-1 as a string of digits
   */
  amount_minor: AmountIn;
  /**
   * ISO 4217, or a code registered at /v1/currencies
   */
  currency: string;
  execute_at?: (TimeIn | null) | undefined;
  id?: (string | null) | undefined;
  external_id?: (string | null) | undefined;
  description?: (string | null) | undefined;
  metadata?: (Metadata | null) | undefined;
  effective_at?: (TimeIn | null) | undefined;
  hold?:
    | (
        | (
            | boolean
            | {
                expires_in_seconds?: (number | null) | undefined;
                expires_at?: (TimeIn | null) | undefined;
              }
          )
        | null
      )
    | undefined;
  require?:
    | ({
        from?:
          | ({
              available_min_minor?: (AmountIn | null) | undefined;
              available_max_minor?: (AmountIn | null) | undefined;
              version?: (number | null) | undefined;
            } | null)
          | undefined;
        to?:
          | ({
              available_min_minor?: (AmountIn | null) | undefined;
              available_max_minor?: (AmountIn | null) | undefined;
              version?: (number | null) | undefined;
            } | null)
          | undefined;
      } | null)
    | undefined;
  idempotencyKey?: (string | null) | undefined;
}
export interface ListTransfersQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
  /**
   * Wait until the read side has reached it
   */
  min_position?: number | undefined;
  /**
   * Read the ledger itself
   */
  consistency?: 'strong' | undefined;
  order?: ('asc' | 'desc') | undefined;
  /**
   * An account: its id, or `ext:` and its external id
   */
  account_id?: string | undefined;
  status?:
    | ('COMPLETED' | 'FAILED' | 'HELD' | 'VOIDED' | 'EXPIRED' | 'INITIATED' | 'SCHEDULED' | 'CANCELLED')
    | undefined;
  /**
   * The caller's own id, unique in the ledger
   */
  external_id?: string | undefined;
  /**
   * RFC 3339 with an offset, kept to the millisecond
   */
  created_after?: TimeIn | undefined;
  /**
   * RFC 3339 with an offset, kept to the millisecond
   */
  created_before?: TimeIn | undefined;
  /**
   * An account: its id, or `ext:` and its external id
   */
  from?: string | undefined;
  /**
   * An account: its id, or `ext:` and its external id
   */
  to?: string | undefined;
  /**
   * RFC 3339 with an offset, kept to the millisecond
   */
  effective_after?: TimeIn | undefined;
  /**
   * RFC 3339 with an offset, kept to the millisecond
   */
  effective_before?: TimeIn | undefined;
  /**
   * Minor units, as digits
   */
  min_amount_minor?: AmountIn | undefined;
  /**
   * Minor units, as digits
   */
  max_amount_minor?: AmountIn | undefined;
  /**
   * Rows whose metadata has this text, number or truth value under the key
   */
  metadata?: Readonly<Record<string, string>> | undefined;
}
export interface PostTransfersBody {
  mode: 'independent' | 'atomic';
  /**
   * @minItems 1
   * @maxItems 1000
   */
  transfers: {
    /**
     * An account: its id, or `ext:` and its external id
     */
    from: string;
    /**
     * An account: its id, or `ext:` and its external id
     */
    to: string;
    /**
     * Minor units, 1 to 2^63-1; beyond 2^53-1 as a string of digits
     */
    amount_minor: AmountIn;
    /**
     * ISO 4217, or a code registered at /v1/currencies
     */
    currency: string;
    execute_at?: (TimeIn | null) | undefined;
    id?: (string | null) | undefined;
    external_id?: (string | null) | undefined;
    description?: (string | null) | undefined;
    metadata?: (Metadata | null) | undefined;
    effective_at?: (TimeIn | null) | undefined;
    hold?:
      | (
          | (
              | boolean
              | {
                  expires_in_seconds?: (number | null) | undefined;
                  expires_at?: (TimeIn | null) | undefined;
                }
            )
          | null
        )
      | undefined;
    require?:
      | ({
          from?:
            | ({
                available_min_minor?: (AmountIn | null) | undefined;
                available_max_minor?: (AmountIn | null) | undefined;
                version?: (number | null) | undefined;
              } | null)
            | undefined;
          to?:
            | ({
                available_min_minor?: (AmountIn | null) | undefined;
                available_max_minor?: (AmountIn | null) | undefined;
                version?: (number | null) | undefined;
              } | null)
            | undefined;
        } | null)
      | undefined;
    idempotencyKey?: (string | null) | undefined;
  }[];
}
export interface DepositBody {
  /**
   * Minor units, 1 to 2^63-1; beyond 2^53-1 as a string of digits
   */
  amount_minor: AmountIn;
  currency?: (string | null) | undefined;
  id?: (string | null) | undefined;
  external_id?: (string | null) | undefined;
  description?: (string | null) | undefined;
  metadata?: (Metadata | null) | undefined;
  effective_at?: (TimeIn | null) | undefined;
  hold?:
    | (
        | (
            | boolean
            | {
                expires_in_seconds?: (number | null) | undefined;
                expires_at?: (TimeIn | null) | undefined;
              }
          )
        | null
      )
    | undefined;
  require?:
    | ({
        from?:
          | ({
              available_min_minor?: (AmountIn | null) | undefined;
              available_max_minor?: (AmountIn | null) | undefined;
              version?: (number | null) | undefined;
            } | null)
          | undefined;
        to?:
          | ({
              available_min_minor?: (AmountIn | null) | undefined;
              available_max_minor?: (AmountIn | null) | undefined;
              version?: (number | null) | undefined;
            } | null)
          | undefined;
      } | null)
    | undefined;
  idempotencyKey?: (string | null) | undefined;
}
export interface WithdrawBody {
  /**
   * Minor units, 1 to 2^63-1; beyond 2^53-1 as a string of digits
   */
  amount_minor: AmountIn;
  currency?: (string | null) | undefined;
  id?: (string | null) | undefined;
  external_id?: (string | null) | undefined;
  description?: (string | null) | undefined;
  metadata?: (Metadata | null) | undefined;
  effective_at?: (TimeIn | null) | undefined;
  hold?:
    | (
        | (
            | boolean
            | {
                expires_in_seconds?: (number | null) | undefined;
                expires_at?: (TimeIn | null) | undefined;
              }
          )
        | null
      )
    | undefined;
  require?:
    | ({
        from?:
          | ({
              available_min_minor?: (AmountIn | null) | undefined;
              available_max_minor?: (AmountIn | null) | undefined;
              version?: (number | null) | undefined;
            } | null)
          | undefined;
        to?:
          | ({
              available_min_minor?: (AmountIn | null) | undefined;
              available_max_minor?: (AmountIn | null) | undefined;
              version?: (number | null) | undefined;
            } | null)
          | undefined;
      } | null)
    | undefined;
  idempotencyKey?: (string | null) | undefined;
}
export interface ReadTransferQuery {
  /**
   * Wait until the read side has reached it
   */
  min_position?: number | undefined;
  /**
   * Read the ledger itself
   */
  consistency?: 'strong' | undefined;
}
export interface ReadTimelineQuery {
  /**
   * Wait until the read side has reached it
   */
  min_position?: number | undefined;
  /**
   * Read the ledger itself
   */
  consistency?: 'strong' | undefined;
}
export interface SettleHoldBody {
  amount_minor?: (AmountIn | null) | undefined;
  keep_remaining?: (boolean | null) | undefined;
}
export interface VoidHoldBody {}
export interface CancelTransferBody {}
export interface ReverseTransferBody {
  amount_minor?: (AmountIn | null) | undefined;
  reason?: (string | null) | undefined;
  force?: (boolean | null) | undefined;
}
export interface PostEntryBody {
  /**
   * @maxItems 1000
   */
  lines: {
    /**
     * An account: its id, or `ext:` and its external id
     */
    account_id: string;
    side: 'DEBIT' | 'CREDIT';
    /**
     * Minor units, 1 to 2^63-1; beyond 2^53-1 as a string of digits
     */
    amount_minor: AmountIn;
    require?:
      | ({
          available_min_minor?: (AmountIn | null) | undefined;
          available_max_minor?: (AmountIn | null) | undefined;
          version?: (number | null) | undefined;
        } | null)
      | undefined;
  }[];
  batch_id?: (string | null) | undefined;
  description?: (string | null) | undefined;
  effective_at?: (TimeIn | null) | undefined;
  /**
   * May count in a closed period; marked so in its metadata; needs the scope admin
   */
  adjusting?: (boolean | null) | undefined;
  metadata?: (Metadata | null) | undefined;
  idempotencyKey?: (string | null) | undefined;
}
export interface ListEntriesQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
  /**
   * Wait until the read side has reached it
   */
  min_position?: number | undefined;
  /**
   * Read the ledger itself
   */
  consistency?: 'strong' | undefined;
  /**
   * Entries with a higher number
   */
  after_number?: number | undefined;
  transfer_id?: string | undefined;
}
export interface ReadEntryQuery {
  /**
   * Wait until the read side has reached it
   */
  min_position?: number | undefined;
  /**
   * Read the ledger itself
   */
  consistency?: 'strong' | undefined;
}
export interface ReverseEntryBody {
  reason?: (string | null) | undefined;
  force?: (boolean | null) | undefined;
}
export interface ReadDailyTotalsQuery {
  /**
   * The first day
   */
  from?: string | undefined;
  /**
   * The last day
   */
  to?: string | undefined;
  by?: ('recorded' | 'effective') | undefined;
  period?: ('day' | 'month') | undefined;
}
export interface ReadTrialBalanceQuery {
  /**
   * Wait until the read side has reached it
   */
  min_position?: number | undefined;
  /**
   * Read the ledger itself
   */
  consistency?: 'strong' | undefined;
  /**
   * As it was recorded at that time; now when absent
   */
  at?: TimeIn | undefined;
}
export interface ListEventsQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * Events after it; when absent a page begins at the first, a live feed with the next
   */
  after_position?: number | undefined;
  /**
   * Without after_position: begin so many positions before the end of the log
   */
  last?: number | undefined;
  /**
   * Of these types only, between commas: AccountCreated, AccountUpdated, EntryPosted, TransferInitiated, TransferScheduled, TransferCancelled, TransferHeld, TransferSettled, TransferCompleted, TransferFailed, TransferVoided, TransferExpired, TransferReversed, LedgerSealed, DriftFound
   */
  types?: string | readonly string[] | undefined;
  /**
   * That this account has a part in
   */
  account_id?: string | undefined;
  /**
   * Of this transfer and its entries
   */
  transfer_id?: string | undefined;
}
export interface ListCurrenciesQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
}
export interface RegisterCurrencyBody {
  /**
   * ISO 4217, or a code registered at /v1/currencies
   */
  code: string;
  scale: number;
}
export interface ListLedgersQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
}
export interface CreateLedgerBody {
  name: string;
  default_credit_limit_minor?: (AmountIn | null) | undefined;
  /**
   * A ledger to try things in, which can be emptied and whose clock can be moved forward
   */
  sandbox?: (boolean | null) | undefined;
}
export interface ClosePeriodBody {
  /**
   * Nothing counts before it afterwards; not in the future
   */
  ends_at: TimeIn;
  description?: (string | null) | undefined;
}
export interface ListPeriodsQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
}
export interface UpdateLedgerBody {
  default_credit_limit_minor?: (AmountIn | null) | undefined;
}
export interface MoveLedgerClockBody {
  /**
   * The time that it is in the sandbox from now on
   */
  to?: (TimeIn | null) | undefined;
  advance_seconds?: (number | null) | undefined;
}
export interface ListApiKeysQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
}
export interface CreateApiKeyBody {
  name: string;
  /**
   * @minItems 1
   * @maxItems 5
   */
  scopes: ('read' | 'write' | 'admin' | 'keys' | 'redrive')[];
  /**
   * @minItems 1
   * @maxItems 100
   */
  ledgers: string[];
  expires_at?: (TimeIn | null) | undefined;
  rate_limit_per_second?: (number | null) | undefined;
}
export interface RotateApiKeyBody {
  /**
   * How long the old key counts still; a day when absent
   */
  overlap_seconds?: number | undefined;
}
export interface ListAuditLogQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
  /**
   * The id of the key
   */
  actor?: string | undefined;
  /**
   * The operation, or `authenticate`
   */
  action?: string | undefined;
  outcome?: ('begun' | 'done' | 'refused' | 'failed') | undefined;
  address?: string | undefined;
  /**
   * At this time or later
   */
  recorded_after?: TimeIn | undefined;
  /**
   * RFC 3339 with an offset, kept to the millisecond
   */
  recorded_before?: TimeIn | undefined;
}
export interface RebuildProjectionBody {
  account_id?: (string | null) | undefined;
  /**
   * Switch to the rebuilt tables also where they differ from those in use
   */
  accept_differences?: (boolean | null) | undefined;
}
export interface ReplayProjectionBody {
  /**
   * The events after it are applied again
   */
  from_position: number;
}
export interface ListJobRunsQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
  job?: string | undefined;
}
export interface RequestReconciliationBody {
  /**
   * Compare everything, as when absent; false: what changed since the last one
   */
  whole?: (boolean | null) | undefined;
  /**
   * Make read models that differ again from the log; RECONCILE_AUTO_HEAL if absent
   */
  auto_heal?: (boolean | null) | undefined;
}
export interface ListReconciliationsQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
}
export interface ListOperationsQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
}
export interface ListDeadLettersQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
  status?: ('parked' | 'waiting' | 'redriven' | 'discarded') | undefined;
  kind?: ('event' | 'command') | undefined;
  consumer?: string | undefined;
  key?: string | undefined;
  /**
   * The class of the error
   */
  error?: string | undefined;
}
export interface RedriveDeadLettersBody {
  consumer?: (string | null) | undefined;
  key?: (string | null) | undefined;
  error?: (string | null) | undefined;
  failed_after?: (TimeIn | null) | undefined;
  failed_before?: (TimeIn | null) | undefined;
}
export interface DiscardDeadLetterBody {
  reason: string;
}
export interface ListApprovalsQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
  state?: ('pending' | 'approved' | 'done' | 'refused' | 'rejected' | 'expired') | undefined;
}
export interface RejectRequestBody {
  reason?: (string | null) | undefined;
}
export interface ListSealsQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
  /**
   * The ledger's journal, the closes of its periods, or the log of what callers did
   */
  tree?: ('journal' | 'periods' | 'audit') | undefined;
}
export interface ReadConsistencyQuery {
  /**
   * The ledger's journal, the closes of its periods, or the log of what callers did
   */
  tree?: ('journal' | 'periods' | 'audit') | undefined;
  /**
   * Size of the earlier head
   */
  from: number;
  /**
   * Size of the later head
   */
  to: number;
}
export interface ListVerificationsQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
}
export interface CreateWebhookBody {
  /**
   * HTTPS, to a public address, unless the settings allow more
   */
  url: string;
  description?: (string | null) | undefined;
  event_types?: (string[] | null) | undefined;
  ledgers?: (string[] | null) | undefined;
  account_ids?: (string[] | null) | undefined;
}
export interface ListWebhooksQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
}
export interface UpdateWebhookBody {
  /**
   * HTTPS, to a public address, unless the settings allow more
   */
  url?: string | undefined;
  description?: (string | null) | undefined;
  event_types?: (string[] | null) | undefined;
  /**
   * Of these ledgers; the one of the request when absent
   */
  ledgers?: string[] | undefined;
  account_ids?: (string[] | null) | undefined;
  /**
   * ACTIVE sends what has waited meanwhile, in its order
   */
  status?: ('ACTIVE' | 'DISABLED') | undefined;
}
export interface RotateWebhookSecretBody {
  /**
   * How long the old secret signs too; a day when absent
   */
  overlap_seconds?: number | undefined;
}
export interface ListWebhookDeliveriesQuery {
  /**
   * At most this many rows; 100 when absent
   */
  limit?: number | undefined;
  /**
   * `next_cursor` of the page before
   */
  cursor?: string | undefined;
  state?: ('pending' | 'delivered' | 'dead') | undefined;
}
export interface RedeliverWebhooksBody {
  state?: (('delivered' | 'dead') | null) | undefined;
  created_after?: (TimeIn | null) | undefined;
  created_before?: (TimeIn | null) | undefined;
}

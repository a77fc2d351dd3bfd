/* Made by tools/generate-sdk.ts from docs/openapi.json: change the contract and run npm run generate. */
import { List } from '../list.ts';
import type { CallOptions, Transport } from '../transport.ts';
import type {
  Account,
  AccountBatchResult,
  Accounts,
  Activity,
  ApiKey,
  ApiKeys,
  Approval,
  Approvals,
  AuditLog,
  AuditRow,
  Balance,
  Balances,
  CancelTransferBody,
  ClosePeriodBody,
  Consistency,
  CreateApiKeyBody,
  CreateLedgerBody,
  CreateWebhookBody,
  Currencies,
  Currency,
  DailyBalances,
  DailyTotals,
  DeadLetter,
  DeadLetterDetail,
  DeadLetters,
  DepositBody,
  DiscardDeadLetterBody,
  Entries,
  Entry,
  Event,
  Events,
  ExportLedgerFormat,
  JobRun,
  JobRuns,
  Jobs,
  Ledger,
  Ledgers,
  ListAccountsQuery,
  ListApiKeysQuery,
  ListApprovalsQuery,
  ListAuditLogFormat,
  ListAuditLogQuery,
  ListCurrenciesQuery,
  ListDeadLettersQuery,
  ListEntriesQuery,
  ListEventsQuery,
  ListJobRunsQuery,
  ListLedgersQuery,
  ListOperationsQuery,
  ListPeriodsQuery,
  ListReconciliationsQuery,
  ListSealsQuery,
  ListTransfersQuery,
  ListVerificationsQuery,
  ListWebhookDeliveriesQuery,
  ListWebhooksQuery,
  MoveLedgerClockBody,
  NewApiKey,
  NewSeals,
  NewWebhook,
  OpenAccountBody,
  OpenAccountsBody,
  Operation,
  Operations,
  Outbox,
  Period,
  Periods,
  PostEntryBody,
  PostTransferBody,
  PostTransfersBody,
  Preview,
  PreviewBody,
  Projection,
  Projections,
  ReadAccountQuery,
  ReadBalanceQuery,
  ReadBalancesQuery,
  ReadConsistencyQuery,
  ReadDailyBalancesQuery,
  ReadDailyTotalsQuery,
  ReadEntryQuery,
  ReadStatementFormat,
  ReadStatementQuery,
  ReadTimelineQuery,
  ReadTransferQuery,
  ReadTrialBalanceQuery,
  RebuildProjectionBody,
  Receipt,
  Reconciliation,
  Reconciliations,
  RedeliverResult,
  RedeliverWebhooksBody,
  RedriveDeadLettersBody,
  RedriveResult,
  RegisterCurrencyBody,
  RejectRequestBody,
  ReplayProjectionBody,
  RequestReconciliationBody,
  ReverseEntryBody,
  ReverseTransferBody,
  RotateApiKeyBody,
  RotateWebhookSecretBody,
  Seal,
  SealKeys,
  Seals,
  Session,
  SettleHoldBody,
  Statement,
  Timeline,
  Transfer,
  TransferBatchResult,
  TransferDetail,
  Transfers,
  TrialBalance,
  UpdateAccountBody,
  UpdateLedgerBody,
  UpdateWebhookBody,
  Verification,
  Verifications,
  VoidHoldBody,
  Webhook,
  WebhookDeliveries,
  WebhookDelivery,
  WebhookDeliveryDetail,
  Webhooks,
  WithdrawBody,
} from './schemas.ts';

/** Every operation of the API as a method. */
export class ApiMethods {
  protected readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /**
   * Open an account; with an opening balance it needs an id or an Idempotency-Key.
   * `POST /v1/accounts`. Needs a key with the scope `write`.
   * @throws {ProblemError} account_id_taken, external_id_taken, currency_unknown, amount_overflow
   */
  openAccount(body: OpenAccountBody, options?: CallOptions): Promise<Account> {
    return this.transport.ask({ method: 'POST', path: '/v1/accounts', body, isKeyed: true }, options);
  }

  /**
   * List accounts.
   * `GET /v1/accounts`. Needs a key with the scope `read`.
   * @throws {ProblemError} position_unknown
   */
  listAccounts(query: ListAccountsQuery = {}, options?: CallOptions): List<Account, Accounts> {
    return new List<Account, Accounts>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/accounts', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Open up to 1,000 accounts; if one has an opening balance and no id, it needs an Idempotency-Key.
   * `POST /v1/accounts/batch`. Needs a key with the scope `write`.
   */
  openAccounts(body: OpenAccountsBody, options?: CallOptions): Promise<AccountBatchResult> {
    return this.transport.ask({ method: 'POST', path: '/v1/accounts/batch', body, isKeyed: true }, options);
  }

  /**
   * Read an account.
   * `GET /v1/accounts/{id}`. Needs a key with the scope `read`.
   * @throws {ProblemError} account_not_found, position_unknown
   */
  readAccount(id: string, query: ReadAccountQuery = {}, options?: CallOptions): Promise<Account> {
    return this.transport.ask({ method: 'GET', path: `/v1/accounts/${encodeURIComponent(id)}`, query }, options);
  }

  /**
   * Change the settings of an account.
   * `PATCH /v1/accounts/{id}`. Needs a key with the scope `write`.
   * @throws {ProblemError} account_not_found, external_account_fixed, account_not_empty, limit_below_use, version_mismatch, account_closed
   */
  updateAccount(id: string, body: UpdateAccountBody, options?: CallOptions): Promise<Account> {
    return this.transport.ask({ method: 'PATCH', path: `/v1/accounts/${encodeURIComponent(id)}`, body, isKeyed: true }, options);
  }

  /**
   * Read a balance, now or at a past moment.
   * `GET /v1/accounts/{id}/balance`. Needs a key with the scope `read`.
   * @throws {ProblemError} account_not_found, position_unknown, at_in_future, at_before_account
   */
  readBalance(id: string, query: ReadBalanceQuery = {}, options?: CallOptions): Promise<Balance> {
    return this.transport.ask({ method: 'GET', path: `/v1/accounts/${encodeURIComponent(id)}/balance`, query }, options);
  }

  /**
   * Read up to 1,000 balances in one consistent snapshot.
   * `GET /v1/balances`. Needs a key with the scope `read`.
   * @throws {ProblemError} position_unknown, account_not_found, at_in_future, at_before_account
   */
  readBalances(query: ReadBalancesQuery, options?: CallOptions): Promise<Balances> {
    return this.transport.ask({ method: 'GET', path: '/v1/balances', query }, options);
  }

  /**
   * Read volumes and closing balances by UTC day or month.
   * `GET /v1/accounts/{id}/daily-balances`. Needs a key with the scope `read`.
   * @throws {ProblemError} account_not_found
   */
  readDailyBalances(id: string, query: ReadDailyBalancesQuery = {}, options?: CallOptions): Promise<DailyBalances> {
    return this.transport.ask({ method: 'GET', path: `/v1/accounts/${encodeURIComponent(id)}/daily-balances`, query }, options);
  }

  /**
   * Read a statement, in pages or whole as CSV, PDF or camt.053.
   * `GET /v1/accounts/{id}/statements`. Needs a key with the scope `read`.
   * @throws {ProblemError} account_not_found, position_unknown, statement_not_in_camt
   */
  readStatement(id: string, query: ReadStatementQuery = {}, options?: CallOptions): Promise<Statement> {
    return this.transport.ask({ method: 'GET', path: `/v1/accounts/${encodeURIComponent(id)}/statements`, query }, options);
  }

  /**
   * Read a statement, in pages or whole as CSV, PDF or camt.053.
   * Answers with the response itself, whose body can be read as a stream.
   * `GET /v1/accounts/{id}/statements`. Needs a key with the scope `read`.
   * @throws {ProblemError} account_not_found, position_unknown, statement_not_in_camt
   */
  downloadStatement(id: string, format: ReadStatementFormat, query: ReadStatementQuery = {}, options?: CallOptions): Promise<Response> {
    return this.transport.open({ method: 'GET', path: `/v1/accounts/${encodeURIComponent(id)}/statements`, query: { ...query, format } }, options);
  }

  /**
   * Transfer an amount, or place a hold.
   * `POST /v1/transfers`. Needs a key with the scope `write`.
   * @throws {ProblemError} transfer_id_taken, external_id_taken, condition_failed, currency_unknown, execute_at_not_in_future, expiry_not_in_future, effective_at_too_far, period_closed, accounts_must_differ, account_not_found, account_closed, account_suspended, currency_mismatch, amount_overflow, insufficient_funds
   */
  postTransfer(body: PostTransferBody, options?: CallOptions): Promise<Transfer> {
    return this.transport.ask({ method: 'POST', path: '/v1/transfers', body, isKeyed: true }, options);
  }

  /**
   * List transfers.
   * `GET /v1/transfers`. Needs a key with the scope `read`.
   * @throws {ProblemError} position_unknown, account_not_found
   */
  listTransfers(query: ListTransfersQuery = {}, options?: CallOptions): List<Transfer, Transfers> {
    return new List<Transfer, Transfers>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/transfers', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Post up to 1,000 transfers in one commit.
   * `POST /v1/transfers/batch`. Needs a key with the scope `write`.
   * @throws {ProblemError} transfer_id_taken, external_id_taken, condition_failed, currency_unknown, execute_at_not_in_future, expiry_not_in_future, effective_at_too_far, period_closed, accounts_must_differ, account_not_found, account_closed, account_suspended, currency_mismatch, amount_overflow, insufficient_funds
   */
  postTransfers(body: PostTransfersBody, options?: CallOptions): Promise<TransferBatchResult> {
    return this.transport.ask({ method: 'POST', path: '/v1/transfers/batch', body, isKeyed: true }, options);
  }

  /**
   * Deposit from the world outside.
   * `POST /v1/accounts/{id}/deposits`. Needs a key with the scope `write`.
   * @throws {ProblemError} account_not_found, transfer_id_taken, external_id_taken, condition_failed, not_a_credit_account, currency_unknown, execute_at_not_in_future, expiry_not_in_future, effective_at_too_far, period_closed, accounts_must_differ, account_closed, account_suspended, currency_mismatch, amount_overflow, insufficient_funds
   */
  deposit(id: string, body: DepositBody, options?: CallOptions): Promise<Transfer> {
    return this.transport.ask({ method: 'POST', path: `/v1/accounts/${encodeURIComponent(id)}/deposits`, body, isKeyed: true }, options);
  }

  /**
   * Withdraw to the world outside.
   * `POST /v1/accounts/{id}/withdrawals`. Needs a key with the scope `write`.
   * @throws {ProblemError} account_not_found, transfer_id_taken, external_id_taken, condition_failed, not_a_credit_account, currency_unknown, execute_at_not_in_future, expiry_not_in_future, effective_at_too_far, period_closed, accounts_must_differ, account_closed, account_suspended, currency_mismatch, amount_overflow, insufficient_funds
   */
  withdraw(id: string, body: WithdrawBody, options?: CallOptions): Promise<Transfer> {
    return this.transport.ask({ method: 'POST', path: `/v1/accounts/${encodeURIComponent(id)}/withdrawals`, body, isKeyed: true }, options);
  }

  /**
   * Read a transfer.
   * `GET /v1/transfers/{id}`. Needs a key with the scope `read`.
   * @throws {ProblemError} transfer_not_found, position_unknown
   */
  readTransfer(id: string, query: ReadTransferQuery = {}, options?: CallOptions): Promise<TransferDetail> {
    return this.transport.ask({ method: 'GET', path: `/v1/transfers/${encodeURIComponent(id)}`, query }, options);
  }

  /**
   * Read every event of a transfer, with when it was accepted, committed, published, projected.
   * `GET /v1/transfers/{id}/timeline`. Needs a key with the scope `read`.
   * @throws {ProblemError} transfer_not_found, position_unknown
   */
  readTimeline(id: string, query: ReadTimelineQuery = {}, options?: CallOptions): Promise<Timeline> {
    return this.transport.ask({ method: 'GET', path: `/v1/transfers/${encodeURIComponent(id)}/timeline`, query }, options);
  }

  /**
   * Settle a hold, wholly or partly.
   * `POST /v1/transfers/{id}/settle`. Needs a key with the scope `write`.
   * @throws {ProblemError} transfer_not_found, not_a_hold, hold_already_settled, hold_already_voided, hold_expired, exceeds_held_amount, period_closed, account_closed, account_suspended, amount_overflow
   */
  settleHold(id: string, body: SettleHoldBody = {}, options?: CallOptions): Promise<Transfer> {
    return this.transport.ask({ method: 'POST', path: `/v1/transfers/${encodeURIComponent(id)}/settle`, body, isKeyed: true }, options);
  }

  /**
   * Release a hold.
   * `POST /v1/transfers/{id}/void`. Needs a key with the scope `write`.
   * @throws {ProblemError} transfer_not_found, not_a_hold, hold_already_settled, hold_already_voided, hold_expired
   */
  voidHold(id: string, body: VoidHoldBody = {}, options?: CallOptions): Promise<Transfer> {
    return this.transport.ask({ method: 'POST', path: `/v1/transfers/${encodeURIComponent(id)}/void`, body, isKeyed: true }, options);
  }

  /**
   * Cancel a transfer that is scheduled for later.
   * `POST /v1/transfers/{id}/cancel`. Needs a key with the scope `write`.
   * @throws {ProblemError} transfer_not_found, not_cancellable
   */
  cancelTransfer(id: string, body: CancelTransferBody = {}, options?: CallOptions): Promise<Transfer> {
    return this.transport.ask({ method: 'POST', path: `/v1/transfers/${encodeURIComponent(id)}/cancel`, body, isKeyed: true }, options);
  }

  /**
   * Reverse a transfer, wholly or partly.
   * `POST /v1/transfers/{id}/reverse`. Needs a key with the scope `write`.
   * @throws {ProblemError} transfer_not_found, account_not_found, not_reversible, already_reversed, condition_failed, exceeds_reversible_amount, account_closed, account_suspended, currency_mismatch, amount_overflow, insufficient_funds
   */
  reverseTransfer(id: string, body: ReverseTransferBody = {}, options?: CallOptions): Promise<Transfer> {
    return this.transport.ask({ method: 'POST', path: `/v1/transfers/${encodeURIComponent(id)}/reverse`, body, isKeyed: true }, options);
  }

  /**
   * Tell what a transfer, a batch or an entry would do; nothing is stored.
   * `POST /v1/previews`. Needs a key with the scope `read`.
   */
  preview(body: PreviewBody, options?: CallOptions): Promise<Preview> {
    return this.transport.ask({ method: 'POST', path: '/v1/previews', body }, options);
  }

  /**
   * Post a journal entry of any number of lines.
   * `POST /v1/entries`. Needs a key with the scope `write`.
   * @throws {ProblemError} condition_failed, too_few_lines, unbalanced_entry, effective_at_too_far, period_closed, account_not_found, account_closed, account_suspended, currency_mismatch, amount_overflow, insufficient_funds
   */
  postEntry(body: PostEntryBody, options?: CallOptions): Promise<Entry> {
    return this.transport.ask({ method: 'POST', path: '/v1/entries', body, isKeyed: true }, options);
  }

  /**
   * Read the journal.
   * `GET /v1/entries`. Needs a key with the scope `read`.
   * @throws {ProblemError} position_unknown, transfer_not_found
   */
  listEntries(query: ListEntriesQuery = {}, options?: CallOptions): List<Entry, Entries> {
    return new List<Entry, Entries>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/entries', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Read an entry.
   * `GET /v1/entries/{id}`. Needs a key with the scope `read`.
   * @throws {ProblemError} entry_not_found, position_unknown
   */
  readEntry(id: string, query: ReadEntryQuery = {}, options?: CallOptions): Promise<Entry> {
    return this.transport.ask({ method: 'GET', path: `/v1/entries/${encodeURIComponent(id)}`, query }, options);
  }

  /**
   * Reverse an entry.
   * `POST /v1/entries/{id}/reverse`. Needs a key with the scope `write`.
   * @throws {ProblemError} entry_not_found, account_not_found, not_reversible, already_reversed, condition_failed, account_closed, account_suspended, currency_mismatch, amount_overflow, insufficient_funds
   */
  reverseEntry(id: string, body: ReverseEntryBody = {}, options?: CallOptions): Promise<Entry> {
    return this.transport.ask({ method: 'POST', path: `/v1/entries/${encodeURIComponent(id)}/reverse`, body, isKeyed: true }, options);
  }

  /**
   * Read the volumes of the ledger by UTC day or month and currency.
   * `GET /v1/reports/daily-totals`. Needs a key with the scope `read`.
   */
  readDailyTotals(query: ReadDailyTotalsQuery = {}, options?: CallOptions): Promise<DailyTotals> {
    return this.transport.ask({ method: 'GET', path: '/v1/reports/daily-totals', query }, options);
  }

  /**
   * Read what happens now: rate, latency, open holds, failures.
   * `GET /v1/reports/activity`. Needs a key with the scope `read`.
   */
  readActivity(options?: CallOptions): Promise<Activity> {
    return this.transport.ask({ method: 'GET', path: '/v1/reports/activity' }, options);
  }

  /**
   * Read the trial balance.
   * `GET /v1/reports/trial-balance`. Needs a key with the scope `read`.
   * @throws {ProblemError} position_unknown, at_in_future
   */
  readTrialBalance(query: ReadTrialBalanceQuery = {}, options?: CallOptions): Promise<TrialBalance> {
    return this.transport.ask({ method: 'GET', path: '/v1/reports/trial-balance', query }, options);
  }

  /**
   * Read the events of the ledger, or follow them live with `Accept: text/event-stream`.
   * `GET /v1/events`. Needs a key with the scope `read`.
   * @throws {ProblemError} position_expired, position_unknown, account_not_found
   */
  listEvents(query: ListEventsQuery = {}, options?: CallOptions): List<Event, Events> {
    return new List<Event, Events>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/events', query: { ...query, ...from } }, options),
      List.byPosition,
    );
  }

  /**
   * List currencies.
   * `GET /v1/currencies`. Needs a key with the scope `read`.
   * @throws {ProblemError} position_unknown
   */
  listCurrencies(query: ListCurrenciesQuery = {}, options?: CallOptions): List<Currency, Currencies> {
    return new List<Currency, Currencies>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/currencies', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Register a currency beyond ISO 4217.
   * `POST /v1/currencies`. Needs a key with the scope `admin`.
   * @throws {ProblemError} currency_code_taken
   */
  registerCurrency(body: RegisterCurrencyBody, options?: CallOptions): Promise<Currency> {
    return this.transport.ask({ method: 'POST', path: '/v1/currencies', body, isKeyed: true }, options);
  }

  /**
   * Read a currency.
   * `GET /v1/currencies/{code}`. Needs a key with the scope `read`.
   * @throws {ProblemError} not_found
   */
  readCurrency(code: string, options?: CallOptions): Promise<Currency> {
    return this.transport.ask({ method: 'GET', path: `/v1/currencies/${encodeURIComponent(code)}` }, options);
  }

  /**
   * List the ledgers that the key may use.
   * `GET /v1/ledgers`. Needs a key with the scope `read`.
   * @throws {ProblemError} position_unknown
   */
  listLedgers(query: ListLedgersQuery = {}, options?: CallOptions): List<Ledger, Ledgers> {
    return new List<Ledger, Ledgers>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/ledgers', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Create a ledger.
   * `POST /v1/ledgers`. Needs a key with the scope `admin`.
   * @throws {ProblemError} ledger_name_taken
   */
  createLedger(body: CreateLedgerBody, options?: CallOptions): Promise<Ledger> {
    return this.transport.ask({ method: 'POST', path: '/v1/ledgers', body, isKeyed: true }, options);
  }

  /**
   * Close a ledger up to a time, for good.
   * `POST /v1/ledgers/{name}/periods`. Needs a key with the scope `admin`.
   * @throws {ProblemError} period_already_closed, period_not_over
   */
  closePeriod(name: string, body: ClosePeriodBody, options?: CallOptions): Promise<Period> {
    return this.transport.ask({ method: 'POST', path: `/v1/ledgers/${encodeURIComponent(name)}/periods`, body, isKeyed: true }, options);
  }

  /**
   * List the closed periods of a ledger, the newest first.
   * `GET /v1/ledgers/{name}/periods`. Needs a key with the scope `read`.
   */
  listPeriods(name: string, query: ListPeriodsQuery = {}, options?: CallOptions): List<Period, Periods> {
    return new List<Period, Periods>(
      (from) => this.transport.ask({ method: 'GET', path: `/v1/ledgers/${encodeURIComponent(name)}/periods`, query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Read a closed period with its trial balance.
   * `GET /v1/ledgers/{name}/periods/{number}`. Needs a key with the scope `read`.
   * @throws {ProblemError} not_found
   */
  readPeriod(name: string, number: string, options?: CallOptions): Promise<Period> {
    return this.transport.ask({ method: 'GET', path: `/v1/ledgers/${encodeURIComponent(name)}/periods/${encodeURIComponent(number)}` }, options);
  }

  /**
   * Read a ledger.
   * `GET /v1/ledgers/{name}`. Needs a key with the scope `read`.
   * @throws {ProblemError} position_unknown
   */
  readLedger(name: string, options?: CallOptions): Promise<Ledger> {
    return this.transport.ask({ method: 'GET', path: `/v1/ledgers/${encodeURIComponent(name)}` }, options);
  }

  /**
   * Change the settings of a ledger.
   * `PATCH /v1/ledgers/{name}`. Needs a key with the scope `admin`.
   */
  updateLedger(name: string, body: UpdateLedgerBody, options?: CallOptions): Promise<Ledger> {
    return this.transport.ask({ method: 'PATCH', path: `/v1/ledgers/${encodeURIComponent(name)}`, body, isKeyed: true }, options);
  }

  /**
   * Empty a sandbox: it begins anew, with its clock at the real time.
   * `POST /v1/ledgers/{name}/reset`. Needs a key with the scope `write`.
   * @throws {ProblemError} ledger_not_sandbox
   */
  resetLedger(name: string, options?: CallOptions): Promise<Ledger> {
    return this.transport.ask({ method: 'POST', path: `/v1/ledgers/${encodeURIComponent(name)}/reset`, isKeyed: true }, options);
  }

  /**
   * Move the clock of a sandbox forward: what is due by then happens.
   * `POST /v1/ledgers/{name}/clock`. Needs a key with the scope `write`.
   * @throws {ProblemError} ledger_not_sandbox, clock_not_forward
   */
  moveLedgerClock(name: string, body: MoveLedgerClockBody = {}, options?: CallOptions): Promise<Ledger> {
    return this.transport.ask({ method: 'POST', path: `/v1/ledgers/${encodeURIComponent(name)}/clock`, body, isKeyed: true }, options);
  }

  /**
   * List API keys.
   * `GET /v1/api-keys`. Needs a key with the scope `keys`.
   * @throws {ProblemError} position_unknown
   */
  listApiKeys(query: ListApiKeysQuery = {}, options?: CallOptions): List<ApiKey, ApiKeys> {
    return new List<ApiKey, ApiKeys>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/api-keys', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Create an API key; its secret is shown this once, so the answer can not be replayed.
   * `POST /v1/api-keys`. Needs a key with the scope `keys`.
   */
  createApiKey(body: CreateApiKeyBody, options?: CallOptions): Promise<NewApiKey> {
    return this.transport.ask({ method: 'POST', path: '/v1/api-keys', body }, options);
  }

  /**
   * Read an API key.
   * `GET /v1/api-keys/{id}`. Needs a key with the scope `keys`.
   * @throws {ProblemError} not_found
   */
  readApiKey(id: string, options?: CallOptions): Promise<ApiKey> {
    return this.transport.ask({ method: 'GET', path: `/v1/api-keys/${encodeURIComponent(id)}` }, options);
  }

  /**
   * Revoke an API key; it is refused everywhere at once.
   * `DELETE /v1/api-keys/{id}`. Needs a key with the scope `keys`.
   * @throws {ProblemError} not_found
   */
  revokeApiKey(id: string, options?: CallOptions): Promise<ApiKey> {
    return this.transport.ask({ method: 'DELETE', path: `/v1/api-keys/${encodeURIComponent(id)}` }, options);
  }

  /**
   * Put a new key in the place of one, which counts for some time still; the secret is shown this once.
   * `POST /v1/api-keys/{id}/rotate`. Needs a key with the scope `keys`.
   * @throws {ProblemError} not_found, api_key_ended
   */
  rotateApiKey(id: string, body: RotateApiKeyBody = {}, options?: CallOptions): Promise<NewApiKey> {
    return this.transport.ask({ method: 'POST', path: `/v1/api-keys/${encodeURIComponent(id)}/rotate`, body }, options);
  }

  /**
   * See how far the brokers are behind the log.
   * `GET /v1/admin/outbox`. Needs a key with the scope `admin`.
   */
  readOutbox(options?: CallOptions): Promise<Outbox> {
    return this.transport.ask({ method: 'GET', path: '/v1/admin/outbox' }, options);
  }

  /**
   * Who did what, from where, with which result, the newest first.
   * `GET /v1/admin/audit-log`. Needs a key with the scope `admin`.
   */
  listAuditLog(query: ListAuditLogQuery = {}, options?: CallOptions): List<AuditRow, AuditLog> {
    return new List<AuditRow, AuditLog>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/admin/audit-log', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Who did what, from where, with which result, the newest first.
   * Answers with the response itself, whose body can be read as a stream.
   * `GET /v1/admin/audit-log`. Needs a key with the scope `admin`.
   */
  downloadAuditLog(format: ListAuditLogFormat, query: ListAuditLogQuery = {}, options?: CallOptions): Promise<Response> {
    return this.transport.open({ method: 'GET', path: '/v1/admin/audit-log', query: { ...query, format } }, options);
  }

  /**
   * How the projections stand, and how far behind they are.
   * `GET /v1/admin/projections`. Needs a key with the scope `admin`.
   */
  listProjections(options?: CallOptions): Promise<Projections> {
    return this.transport.ask({ method: 'GET', path: '/v1/admin/projections' }, options);
  }

  /**
   * Pause a projection; reads that need what it lacks go to the ledger.
   * `POST /v1/admin/projections/{name}/stop`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found
   */
  stopProjection(name: string, options?: CallOptions): Promise<Projection> {
    return this.transport.ask({ method: 'POST', path: `/v1/admin/projections/${encodeURIComponent(name)}/stop` }, options);
  }

  /**
   * Let a projection run again from where it is.
   * `POST /v1/admin/projections/{name}/start`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found
   */
  startProjection(name: string, options?: CallOptions): Promise<Projection> {
    return this.transport.ask({ method: 'POST', path: `/v1/admin/projections/${encodeURIComponent(name)}/start` }, options);
  }

  /**
   * Make a projection again from the log, beside the one in use, compare and switch.
   * `POST /v1/admin/projections/{name}/rebuild`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found, operation_running
   */
  rebuildProjection(name: string, body: RebuildProjectionBody = {}, options?: CallOptions): Promise<Operation> {
    return this.transport.ask({ method: 'POST', path: `/v1/admin/projections/${encodeURIComponent(name)}/rebuild`, body }, options);
  }

  /**
   * Empty a projection and make it again; the ledger answers meanwhile.
   * `POST /v1/admin/projections/{name}/reset`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found, operation_running
   */
  resetProjection(name: string, options?: CallOptions): Promise<Operation> {
    return this.transport.ask({ method: 'POST', path: `/v1/admin/projections/${encodeURIComponent(name)}/reset` }, options);
  }

  /**
   * Apply the log again from a position on.
   * `POST /v1/admin/projections/{name}/replay`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found, operation_running
   */
  replayProjection(name: string, body: ReplayProjectionBody, options?: CallOptions): Promise<Operation> {
    return this.transport.ask({ method: 'POST', path: `/v1/admin/projections/${encodeURIComponent(name)}/replay`, body }, options);
  }

  /**
   * Drop the tables that the last rebuild replaced.
   * `DELETE /v1/admin/projections/{name}/previous`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found
   */
  dropPreviousTables(name: string, options?: CallOptions): Promise<Projection> {
    return this.transport.ask({ method: 'DELETE', path: `/v1/admin/projections/${encodeURIComponent(name)}/previous` }, options);
  }

  /**
   * What comes round by itself, with the last run and the next.
   * `GET /v1/admin/jobs`. Needs a key with the scope `admin`.
   */
  listJobs(options?: CallOptions): Promise<Jobs> {
    return this.transport.ask({ method: 'GET', path: '/v1/admin/jobs' }, options);
  }

  /**
   * Run a job as soon as possible.
   * `POST /v1/admin/jobs/{name}/run`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found, operation_running
   */
  runJob(name: string, options?: CallOptions): Promise<JobRun> {
    return this.transport.ask({ method: 'POST', path: `/v1/admin/jobs/${encodeURIComponent(name)}/run` }, options);
  }

  /**
   * List runs of jobs, the newest first.
   * `GET /v1/admin/job-runs`. Needs a key with the scope `admin`.
   */
  listJobRuns(query: ListJobRunsQuery = {}, options?: CallOptions): List<JobRun, JobRuns> {
    return new List<JobRun, JobRuns>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/admin/job-runs', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Read a run of a job with its progress and result.
   * `GET /v1/admin/job-runs/{id}`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found
   */
  readJobRun(id: string, options?: CallOptions): Promise<JobRun> {
    return this.transport.ask({ method: 'GET', path: `/v1/admin/job-runs/${encodeURIComponent(id)}` }, options);
  }

  /**
   * Compare balances, read models and topics with the journal.
   * `POST /v1/admin/reconciliations`. Needs a key with the scope `admin`.
   * @throws {ProblemError} operation_running
   */
  requestReconciliation(body: RequestReconciliationBody = {}, options?: CallOptions): Promise<Reconciliation> {
    return this.transport.ask({ method: 'POST', path: '/v1/admin/reconciliations', body }, options);
  }

  /**
   * List reconciliations with their reports, the newest first.
   * `GET /v1/admin/reconciliations`. Needs a key with the scope `admin`.
   */
  listReconciliations(query: ListReconciliationsQuery = {}, options?: CallOptions): List<Reconciliation, Reconciliations> {
    return new List<Reconciliation, Reconciliations>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/admin/reconciliations', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Read a reconciliation with its report.
   * `GET /v1/admin/reconciliations/{id}`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found
   */
  readReconciliation(id: string, options?: CallOptions): Promise<Reconciliation> {
    return this.transport.ask({ method: 'GET', path: `/v1/admin/reconciliations/${encodeURIComponent(id)}` }, options);
  }

  /**
   * List rebuilds and replays, the newest first.
   * `GET /v1/admin/operations`. Needs a key with the scope `admin`.
   */
  listOperations(query: ListOperationsQuery = {}, options?: CallOptions): List<Operation, Operations> {
    return new List<Operation, Operations>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/admin/operations', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Read an operation with its progress.
   * `GET /v1/admin/operations/{id}`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found
   */
  readOperation(id: string, options?: CallOptions): Promise<Operation> {
    return this.transport.ask({ method: 'GET', path: `/v1/admin/operations/${encodeURIComponent(id)}` }, options);
  }

  /**
   * End an operation that runs.
   * `POST /v1/admin/operations/{id}/cancel`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found
   */
  cancelOperation(id: string, options?: CallOptions): Promise<Operation> {
    return this.transport.ask({ method: 'POST', path: `/v1/admin/operations/${encodeURIComponent(id)}/cancel` }, options);
  }

  /**
   * List events and commands that a consumer gave up on, the newest first.
   * `GET /v1/admin/dead-letters`. Needs a key with the scope `redrive`.
   */
  listDeadLetters(query: ListDeadLettersQuery = {}, options?: CallOptions): List<DeadLetter, DeadLetters> {
    return new List<DeadLetter, DeadLetters>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/admin/dead-letters', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Read a dead letter with its payload.
   * `GET /v1/admin/dead-letters/{id}`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found
   */
  readDeadLetter(id: string, options?: CallOptions): Promise<DeadLetterDetail> {
    return this.transport.ask({ method: 'GET', path: `/v1/admin/dead-letters/${encodeURIComponent(id)}` }, options);
  }

  /**
   * Try a dead letter again, and what waits behind it.
   * `POST /v1/admin/dead-letters/{id}/redrive`. Needs a key with the scope `redrive`.
   * @throws {ProblemError} not_found
   */
  redriveDeadLetter(id: string, options?: CallOptions): Promise<RedriveResult> {
    return this.transport.ask({ method: 'POST', path: `/v1/admin/dead-letters/${encodeURIComponent(id)}/redrive` }, options);
  }

  /**
   * Try dead letters again by consumer, key, error or time, in the order of the log.
   * `POST /v1/admin/dead-letters/redrive`. Needs a key with the scope `redrive`.
   */
  redriveDeadLetters(body: RedriveDeadLettersBody = {}, options?: CallOptions): Promise<RedriveResult> {
    return this.transport.ask({ method: 'POST', path: '/v1/admin/dead-letters/redrive', body }, options);
  }

  /**
   * Give a dead letter up, and let go on what waits behind it.
   * `POST /v1/admin/dead-letters/{id}/discard`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found, dead_letter_closed
   */
  discardDeadLetter(id: string, body: DiscardDeadLetterBody, options?: CallOptions): Promise<RedriveResult> {
    return this.transport.ask({ method: 'POST', path: `/v1/admin/dead-letters/${encodeURIComponent(id)}/discard`, body }, options);
  }

  /**
   * List requests that wait for another administrator, and what became of them, the newest first.
   * `GET /v1/admin/approvals`. Needs a key with the scope `admin`.
   */
  listApprovals(query: ListApprovalsQuery = {}, options?: CallOptions): List<Approval, Approvals> {
    return new List<Approval, Approvals>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/admin/approvals', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Read such a request.
   * `GET /v1/admin/approvals/{id}`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found
   */
  readApproval(id: string, options?: CallOptions): Promise<Approval> {
    return this.transport.ask({ method: 'GET', path: `/v1/admin/approvals/${encodeURIComponent(id)}` }, options);
  }

  /**
   * Approve another administrator's request, and carry it out.
   * `POST /v1/admin/approvals/{id}/approve`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found, approval_closed
   */
  approveRequest(id: string, options?: CallOptions): Promise<Approval> {
    return this.transport.ask({ method: 'POST', path: `/v1/admin/approvals/${encodeURIComponent(id)}/approve` }, options);
  }

  /**
   * Turn a request down; one's own is withdrawn.
   * `POST /v1/admin/approvals/{id}/reject`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found, approval_closed
   */
  rejectRequest(id: string, body: RejectRequestBody = {}, options?: CallOptions): Promise<Approval> {
    return this.transport.ask({ method: 'POST', path: `/v1/admin/approvals/${encodeURIComponent(id)}/reject`, body }, options);
  }

  /**
   * Read an entry with the proof that it is under a signed head.
   * `GET /v1/entries/{id}/receipt`. Needs a key with the scope `read`.
   * @throws {ProblemError} entry_not_found, entry_not_sealed, position_unknown
   */
  readReceipt(id: string, options?: CallOptions): Promise<Receipt> {
    return this.transport.ask({ method: 'GET', path: `/v1/entries/${encodeURIComponent(id)}/receipt` }, options);
  }

  /**
   * List the signed heads of the ledger, the newest first.
   * `GET /v1/seals`. Needs a key with the scope `read`.
   */
  listSeals(query: ListSealsQuery = {}, options?: CallOptions): List<Seal, Seals> {
    return new List<Seal, Seals>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/seals', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * List the public keys that heads were signed with, the oldest first.
   * `GET /v1/seals/keys`. Needs a key with the scope `read`.
   */
  listSealKeys(options?: CallOptions): Promise<SealKeys> {
    return this.transport.ask({ method: 'GET', path: '/v1/seals/keys' }, options);
  }

  /**
   * Prove that the journal of one head begins with that of an earlier one.
   * `GET /v1/seals/consistency`. Needs a key with the scope `read`.
   * @throws {ProblemError} head_not_found, position_unknown
   */
  readConsistency(query: ReadConsistencyQuery, options?: CallOptions): Promise<Consistency> {
    return this.transport.ask({ method: 'GET', path: '/v1/seals/consistency', query }, options);
  }

  /**
   * Sign the heads of all ledgers that have grown.
   * `POST /v1/admin/seals`. Needs a key with the scope `admin`.
   */
  sealLedgers(options?: CallOptions): Promise<NewSeals> {
    return this.transport.ask({ method: 'POST', path: '/v1/admin/seals' }, options);
  }

  /**
   * Sign with a new key from now on; the old ones stay published.
   * `POST /v1/admin/seals/keys`. Needs a key with the scope `admin`.
   * @throws {ProblemError} seal_key_is_given
   */
  rotateSealKey(options?: CallOptions): Promise<SealKeys> {
    return this.transport.ask({ method: 'POST', path: '/v1/admin/seals/keys' }, options);
  }

  /**
   * Export the journal: NDJSON with its hashes, or text for hledger, ledger or beancount.
   * Answers with the response itself, whose body can be read as a stream.
   * `GET /v1/export`. Needs a key with the scope `admin`.
   */
  exportLedger(format: ExportLedgerFormat, options?: CallOptions): Promise<Response> {
    return this.transport.open({ method: 'GET', path: '/v1/export', query: { format } }, options);
  }

  /**
   * Verify every hash, balance, number and seal of the whole book.
   * `POST /v1/admin/verifications`. Needs a key with the scope `admin`.
   * @throws {ProblemError} operation_running
   */
  startVerification(options?: CallOptions): Promise<Verification> {
    return this.transport.ask({ method: 'POST', path: '/v1/admin/verifications' }, options);
  }

  /**
   * List verifications, the newest first.
   * `GET /v1/admin/verifications`. Needs a key with the scope `admin`.
   */
  listVerifications(query: ListVerificationsQuery = {}, options?: CallOptions): List<Verification, Verifications> {
    return new List<Verification, Verifications>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/admin/verifications', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Read a verification with its progress and what it found.
   * `GET /v1/admin/verifications/{id}`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found
   */
  readVerification(id: string, options?: CallOptions): Promise<Verification> {
    return this.transport.ask({ method: 'GET', path: `/v1/admin/verifications/${encodeURIComponent(id)}` }, options);
  }

  /**
   * End a verification that runs.
   * `POST /v1/admin/verifications/{id}/cancel`. Needs a key with the scope `admin`.
   * @throws {ProblemError} not_found
   */
  cancelVerification(id: string, options?: CallOptions): Promise<Verification> {
    return this.transport.ask({ method: 'POST', path: `/v1/admin/verifications/${encodeURIComponent(id)}/cancel` }, options);
  }

  /**
   * Have events sent to a URL; the secret that signs them is shown this once.
   * `POST /v1/webhooks`. Needs a key with the scope `write`.
   * @throws {ProblemError} account_not_found, webhook_url_refused, too_many_webhooks
   */
  createWebhook(body: CreateWebhookBody, options?: CallOptions): Promise<NewWebhook> {
    return this.transport.ask({ method: 'POST', path: '/v1/webhooks', body }, options);
  }

  /**
   * List the endpoints whose ledgers the key may all use.
   * `GET /v1/webhooks`. Needs a key with the scope `read`.
   */
  listWebhooks(query: ListWebhooksQuery = {}, options?: CallOptions): List<Webhook, Webhooks> {
    return new List<Webhook, Webhooks>(
      (from) => this.transport.ask({ method: 'GET', path: '/v1/webhooks', query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Read an endpoint.
   * `GET /v1/webhooks/{id}`. Needs a key with the scope `read`.
   * @throws {ProblemError} not_found
   */
  readWebhook(id: string, options?: CallOptions): Promise<Webhook> {
    return this.transport.ask({ method: 'GET', path: `/v1/webhooks/${encodeURIComponent(id)}` }, options);
  }

  /**
   * Change an endpoint, disable it or enable it again.
   * `PATCH /v1/webhooks/{id}`. Needs a key with the scope `write`.
   * @throws {ProblemError} not_found, account_not_found, webhook_url_refused
   */
  updateWebhook(id: string, body: UpdateWebhookBody, options?: CallOptions): Promise<Webhook> {
    return this.transport.ask({ method: 'PATCH', path: `/v1/webhooks/${encodeURIComponent(id)}`, body }, options);
  }

  /**
   * Forget an endpoint with the log of what was sent to it.
   * `DELETE /v1/webhooks/{id}`. Needs a key with the scope `write`.
   * @throws {ProblemError} not_found
   */
  deleteWebhook(id: string, options?: CallOptions): Promise<Webhook> {
    return this.transport.ask({ method: 'DELETE', path: `/v1/webhooks/${encodeURIComponent(id)}` }, options);
  }

  /**
   * Make a new secret, shown this once; messages carry both signatures for some time.
   * `POST /v1/webhooks/{id}/rotate-secret`. Needs a key with the scope `write`.
   * @throws {ProblemError} not_found
   */
  rotateWebhookSecret(id: string, body: RotateWebhookSecretBody = {}, options?: CallOptions): Promise<NewWebhook> {
    return this.transport.ask({ method: 'POST', path: `/v1/webhooks/${encodeURIComponent(id)}/rotate-secret`, body }, options);
  }

  /**
   * Send a message of the type `webhook.test`, once, whether the endpoint is enabled or not.
   * `POST /v1/webhooks/{id}/test`. Needs a key with the scope `write`.
   * @throws {ProblemError} not_found
   */
  testWebhook(id: string, options?: CallOptions): Promise<WebhookDelivery> {
    return this.transport.ask({ method: 'POST', path: `/v1/webhooks/${encodeURIComponent(id)}/test` }, options);
  }

  /**
   * List what was or is to be sent to an endpoint, the newest first.
   * `GET /v1/webhooks/{id}/deliveries`. Needs a key with the scope `read`.
   * @throws {ProblemError} not_found
   */
  listWebhookDeliveries(id: string, query: ListWebhookDeliveriesQuery = {}, options?: CallOptions): List<WebhookDelivery, WebhookDeliveries> {
    return new List<WebhookDelivery, WebhookDeliveries>(
      (from) => this.transport.ask({ method: 'GET', path: `/v1/webhooks/${encodeURIComponent(id)}/deliveries`, query: { ...query, ...from } }, options),
      List.byCursor,
    );
  }

  /**
   * Read a delivery with the log of its attempts.
   * `GET /v1/webhooks/{id}/deliveries/{delivery}`. Needs a key with the scope `read`.
   * @throws {ProblemError} not_found
   */
  readWebhookDelivery(id: string, delivery: string, options?: CallOptions): Promise<WebhookDeliveryDetail> {
    return this.transport.ask({ method: 'GET', path: `/v1/webhooks/${encodeURIComponent(id)}/deliveries/${encodeURIComponent(delivery)}` }, options);
  }

  /**
   * Send a delivery that has ended once more.
   * `POST /v1/webhooks/{id}/deliveries/{delivery}/redeliver`. Needs a key with the scope `write`.
   * @throws {ProblemError} not_found, delivery_pending
   */
  redeliverWebhook(id: string, delivery: string, options?: CallOptions): Promise<WebhookDelivery> {
    return this.transport.ask({ method: 'POST', path: `/v1/webhooks/${encodeURIComponent(id)}/deliveries/${encodeURIComponent(delivery)}/redeliver` }, options);
  }

  /**
   * Send deliveries that have ended once more, by state or time, in the order of the log.
   * `POST /v1/webhooks/{id}/redeliver`. Needs a key with the scope `write`.
   * @throws {ProblemError} not_found
   */
  redeliverWebhooks(id: string, body: RedeliverWebhooksBody = {}, options?: CallOptions): Promise<RedeliverResult> {
    return this.transport.ask({ method: 'POST', path: `/v1/webhooks/${encodeURIComponent(id)}/redeliver`, body }, options);
  }

  /**
   * Exchange the credential of this request, or the code of a sign-in link, for a session cookie.
   * `POST /v1/session`. Needs any key.
   */
  createSession(options?: CallOptions): Promise<Session> {
    return this.transport.ask({ method: 'POST', path: '/v1/session' }, options);
  }

  /**
   * Read who asks, and what that credential allows.
   * `GET /v1/session`. Needs any key.
   */
  readSession(options?: CallOptions): Promise<Session> {
    return this.transport.ask({ method: 'GET', path: '/v1/session' }, options);
  }

  /**
   * Take the session cookie back.
   * `DELETE /v1/session`. Needs any key.
   */
  endSession(options?: CallOptions): Promise<Session> {
    return this.transport.ask({ method: 'DELETE', path: '/v1/session' }, options);
  }
}

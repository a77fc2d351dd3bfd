import { Readable } from 'node:stream';
import type { AuditLogQuery, AuditRowOut } from '@credit-ledger/contract/audit-log.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import type { AuditRow } from '../audit/audit-row.ts';
import { listAudit, type AuditFilters } from '../audit/read-audit.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import { writeCsvRow } from '../runtime/csv.ts';
import type { Answer } from './answer.ts';
import type { Call, Handlers } from './call.ts';
import { readNumberCursor, writeNumberCursor } from './number-cursor.ts';
import { answerBody } from './reading.ts';

/** Rows read at a time: what one export holds in memory. */
const rowsPerRead = 1000;

/** The audit log, in pages or as a file. */
export function auditLogHandlers(db: Queryable): Handlers<'listAuditLog'> {
  return {
    listAuditLog: (call) => {
      const format = formatOf(call);
      return format === 'json'
        ? answerPage(db, call.query)
        : Promise.resolve(answerFile(db, call.query, format));
    },
  };
}

function formatOf({ query, headers }: Call<'listAuditLog'>): AuditLogQuery['format'] {
  const accepted = /^\s*(?:text\/(csv)|application\/x-(ndjson))\s*(?:;|$)/i.exec(headers.accept ?? '');
  if (query.format !== 'json' || accepted === null) return query.format;
  return accepted[1] === undefined ? 'ndjson' : 'csv';
}

function filtersOf(query: AuditLogQuery): AuditFilters {
  const { actor, action, outcome, address } = query;
  const { recorded_after: recordedAfter, recorded_before: recordedBefore } = query;
  return { actor, action, outcome, address, recordedAfter, recordedBefore };
}

async function answerPage(db: Queryable, query: AuditLogQuery): Promise<Answer> {
  const filters = filtersOf(query);
  const list = `audit log ${JSON.stringify(filters)}`;
  const from = readNumberCursor(list, query.cursor);
  const rows = await listAudit(db, filters, { order: 'desc', from, limit: query.limit + 1 });
  const data = rows.slice(0, query.limit);
  const last = rows.length > query.limit ? data.at(-1) : undefined;
  return answerBody({
    data: data.map(viewRow),
    next_cursor: last === undefined ? null : writeNumberCursor(list, last.number),
  });
}

const types = { csv: 'text/csv; charset=utf-8; header=present', ndjson: 'application/x-ndjson' };

/** The whole of it, the oldest first: a file has no pages. */
function answerFile(db: Queryable, query: AuditLogQuery, format: 'csv' | 'ndjson'): Answer {
  return {
    status: 200,
    body: Readable.from(writePieces(db, filtersOf(query), format)),
    type: types[format],
    headers: { 'content-disposition': `attachment; filename="audit-log.${format}"` },
  };
}

async function* writePieces(db: Queryable, filters: AuditFilters, format: 'csv' | 'ndjson') {
  if (format === 'csv') yield writeCsvRow(columns);
  const write = format === 'csv' ? writeCsvLine : writeJsonLine;
  for (let from: number | undefined = 0; from !== undefined;) {
    const rows: AuditRow[] = await listAudit(db, filters, { order: 'asc', from, limit: rowsPerRead });
    if (rows.length > 0) yield rows.map((row) => write(viewRow(row))).join('');
    from = rows.length < rowsPerRead ? undefined : rows.at(-1)?.number;
  }
}

const columns = [
  'number',
  'recorded_at',
  'outcome',
  'action',
  'actor',
  'ledger',
  'method',
  'path',
  'address',
  'request_id',
  'status',
  'code',
  'occurrences',
  'detail',
  'hash',
] as const satisfies (keyof AuditRowOut)[];

function writeJsonLine(row: AuditRowOut): string {
  return `${JSON.stringify(row)}\n`;
}

function writeCsvLine(row: AuditRowOut): string {
  return writeCsvRow(columns.map((column) => row[column]));
}

function viewRow({ number, recordedAt, requestId, ...row }: AuditRow): AuditRowOut {
  return { number, recorded_at: formatTime(recordedAt), ...row, request_id: requestId };
}

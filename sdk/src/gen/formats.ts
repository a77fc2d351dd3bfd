/* Made by tools/generate-sdk.ts from docs/openapi.json. */
import type { ReadStatementFormat, ListAuditLogFormat, ExportLedgerFormat } from './schemas.ts';

export const readStatementFormats: readonly ReadStatementFormat[] = ['csv', 'pdf', 'camt.053'];

export const listAuditLogFormats: readonly ListAuditLogFormat[] = ['csv', 'ndjson'];

export const exportLedgerFormats: readonly ExportLedgerFormat[] = ['ndjson', 'hledger', 'ledger', 'beancount'];

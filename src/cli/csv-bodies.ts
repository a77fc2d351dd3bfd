import type { OpenAccountBody, PostTransferBody } from '@credit-ledger/sdk/client.ts';
import { openAccountBody } from '@credit-ledger/contract/accounts.ts';
import { transferBody } from '@credit-ledger/contract/transfers.ts';
import { readDecimal } from './amount-text.ts';
import {
  applyRule,
  columnsOf,
  NoCase,
  type AccountRule,
  type Cells,
  type Mapping,
  type TextRule,
  type TransferRule,
} from './csv-mapping.ts';
import type { Row } from './csv-rows.ts';
import { UsageError } from './command.ts';

/** What is wrong with a row, and where. */
export interface Fault {
  readonly line: number;
  readonly column: string;
  readonly value: string;
  readonly what: string;
}

export type ScaleOf = (currency: string) => number | undefined;

/** A field that can't be made of its cells. */
class BadField extends Error {
  override readonly name = 'BadField';
}

/** Makes bodies of rows, and notes what is wrong with those of which none can be made. */
export class Bodies {
  readonly #map: Mapping;
  readonly #scaleOf: ScaleOf;
  readonly faults: Fault[] = [];

  constructor(map: Mapping, scaleOf: ScaleOf) {
    this.#map = map;
    this.#scaleOf = scaleOf;
  }

  /**
   * The transfer of a row under its key; undefined where something is wrong with it.
   * @param isJudged the contract had nothing against it when it was read before
   */
  transferOf(row: Row, rule: TransferRule, isJudged = false): PostTransferBody | undefined {
    const before = this.faults.length;
    this.#checkWidth(row);
    const currency = this.#text(row, 'currency', rule.currency) ?? '';
    const minor = rule.amount_minor ?? rule.amount ?? '';
    const body = {
      from: this.#text(row, 'from', rule.from) ?? '',
      to: this.#text(row, 'to', rule.to) ?? '',
      amount_minor:
        this.#field(row, 'amount', minor, (text) =>
          this.#amountOf(text, rule.amount_minor === undefined ? this.#scaleOf(currency) : 0),
        ) ?? 1n,
      currency,
      effective_at: this.#field(row, 'effective_at', rule.effective_at, (text) =>
        readTime(text, this.#map),
      ),
      description: this.#text(row, 'description', rule.description),
      external_id: this.#text(row, 'external_id', rule.external_id),
      metadata: this.#metadataOf(row, rule.metadata),
      idempotencyKey: this.#keyOf(row),
    };
    if (this.faults.length === before && !isJudged)
      this.#judge(row, transferBody.safeParse(plain(body)).error, rule);
    return this.faults.length === before ? body : undefined;
  }

  /**
   * The account of a row by one of the mapping's rules; undefined where something is wrong with it, or where it is one
   * of those that are known.
   */
  accountOf(
    row: Row,
    rule: AccountRule,
    known: ReadonlyMap<string, unknown>,
  ): OpenAccountBody | undefined {
    const before = this.faults.length;
    const id = this.#text(row, 'external_id', rule.external_id);
    if (id !== undefined && known.has(id)) return undefined;
    const type = this.#text(row, 'type', rule.type);
    const limit = this.#text(row, 'credit_limit_minor', rule.credit_limit_minor);
    const parsed = openAccountBody.safeParse(
      plain({
        external_id: id,
        currency: this.#text(row, 'currency', rule.currency),
        name: this.#text(row, 'name', rule.name),
        type,
        credit_limit_minor: limit,
      }),
    );
    if (this.faults.length === before) this.#judge(row, parsed.error, rule);
    if (!parsed.success) return undefined;
    const { currency, name, type: kind, credit_limit_minor: most } = parsed.data;
    return { external_id: id, currency, name, type: kind, credit_limit_minor: most };
  }

  #checkWidth({ line, cells }: Row): void {
    const what = cells[''];
    if (what !== undefined) this.faults.push({ line, column: '', value: '', what });
  }

  #keyOf(row: Row): string {
    const { key, names } = this.#map;
    return `csv-${key === undefined ? row.hash : applyRule(key, names, row.cells)}`;
  }

  #text(row: Row, field: string, rule: TextRule | undefined): string | undefined {
    return this.#field(row, field, rule, (text) => text);
  }

  /** An empty text counts as an absent one. */
  #field<Value>(
    row: Row,
    field: string,
    rule: TextRule | undefined,
    read: (text: string) => Value,
  ): Value | undefined {
    if (rule === undefined) return undefined;
    try {
      const text = applyRule(rule, this.#map.names, row.cells).trim();
      return text === '' ? undefined : read(text);
    } catch (error) {
      if (!(error instanceof BadField || error instanceof NoCase || error instanceof UsageError))
        throw error;
      this.#blame(row, rule, `${field}: ${error.message}`);
      return undefined;
    }
  }

  #blame({ line, cells }: Row, rule: TextRule | undefined, what: string): void {
    const columns = columnsOf(rule, this.#map.names);
    const value = columns.map((column) => cells[column] ?? '').join(' | ');
    this.faults.push({ line, column: columns.join(', '), value, what });
  }

  /** What the contract says is wrong, at the columns that the field was made of. */
  #judge(
    row: Row,
    error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } | undefined,
    rule: Readonly<Record<string, unknown>>,
  ): void {
    for (const { path, message } of error?.issues ?? []) {
      const field = String(path[0] ?? '');
      const from: unknown = rule[field] ?? rule[field.replace('_minor', '')];
      const text = typeof from === 'string' || isCases(from) ? from : undefined;
      this.#blame(row, text, `${field}: ${message}`);
    }
  }

  #amountOf(text: string, scale: number | undefined): bigint {
    const { decimal_mark: mark, ignore_sign: isUnsigned } = this.#map;
    if (scale === undefined) throw new BadField('its currency is not known');
    const grouped = mark === ',' ? text.replaceAll('.', '').replace(',', '.') : text.replaceAll(',', '');
    const cut = grouped.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
    const amount = readDecimal(isUnsigned ? cut.replace(/^-/, '') : cut, scale, 'the amount');
    if (amount <= 0n) throw new BadField('has to be more than 0');
    return amount;
  }

  #metadataOf(row: Row, rules: TransferRule['metadata']): Record<string, string> | undefined {
    if (rules === undefined) return undefined;
    const fields = Object.entries(rules).flatMap(([name, rule]): [string, string][] => {
      const text = this.#text(row, `metadata.${name}`, rule);
      return text === undefined ? [] : [[name, text]];
    });
    return fields.length === 0 ? undefined : Object.fromEntries(fields);
  }
}

function isCases(value: unknown): value is Exclude<TextRule, string> {
  return typeof value === 'object' && value !== null && 'cases' in value;
}

/** As JSON carries it: what is absent is left out, a bigint is digits. */
function plain(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const left: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body))
    if (value !== undefined) left[name] = typeof value === 'bigint' ? String(value) : value;
  return left;
}

const parts = {
  YYYY: '\\d{4}',
  YY: '\\d{2}',
  MM: '\\d{2}',
  DD: '\\d{2}',
  HH: '\\d{2}',
  mm: '\\d{2}',
  ss: '\\d{2}',
};
const patterns = new Map<string, RegExp>();

/** A time by the mapping's format, UTC; as it is where there is none. @throws {BadField} */
function readTime(text: string, { date_format: format, century }: Mapping): string {
  if (format === undefined) return text;
  const pattern = patterns.get(format) ?? patternOf(format);
  patterns.set(format, pattern);
  const groups: Cells | undefined = pattern.exec(text)?.groups;
  if (groups === undefined) throw new BadField(`is not a time such as ${format}`);
  const { YYYY, YY = '', MM = '01', DD = '01', HH = '00', mm = '00', ss = '00' } = groups;
  const year = YYYY ?? `${String(century).padStart(2, '0')}${YY}`;
  const time = new Date(`${year}-${MM}-${DD}T${HH}:${mm}:${ss}Z`);
  if (Number.isNaN(time.getTime()) || time.getUTCDate() !== Number(DD))
    throw new BadField('is not a day of the calendar');
  return time.toISOString();
}

function patternOf(format: string): RegExp {
  const escaped = format.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const source = escaped.replaceAll(/YYYY|YY|MM|DD|HH|mm|ss/g, (part) => {
    const digits = Object.entries(parts).find(([name]) => name === part)?.[1] ?? '';
    return `(?<${part}>${digits})`;
  });
  return new RegExp(`^${source}$`);
}

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UsageError } from './command.ts';

/*
 * How rows of a CSV file become accounts and transfers. A text may name columns, `{account_id}`, and texts of
 * `names`; or it is chosen by cases, of which the first that fits counts. docs/guides/csv-import.md shows it all.
 */

const test = z.union([z.string(), z.array(z.string()), z.strictObject({ starts_with: z.string() })]);
const condition = z.record(z.string(), test);

type Condition = z.output<typeof condition>;

/** A text with columns in braces, or one chosen by cases. */
export type TextRule =
  | string
  | { cases: { if: Condition; use: TextRule }[]; else?: TextRule | undefined };

const textRule: z.ZodType<TextRule> = z.lazy(() =>
  z.union([
    z.string(),
    z.strictObject({
      cases: z.array(z.strictObject({ if: condition, use: textRule })),
      else: textRule.optional(),
    }),
  ]),
);

const accountRule = z.strictObject({
  external_id: textRule,
  currency: textRule,
  name: textRule.optional(),
  type: textRule.optional(),
  credit_limit_minor: textRule.optional(),
});

const transferRule = z
  .strictObject({
    from: textRule,
    to: textRule,
    amount: textRule.optional(),
    amount_minor: textRule.optional(),
    currency: textRule,
    effective_at: textRule.optional(),
    description: textRule.optional(),
    external_id: textRule.optional(),
    metadata: z.record(z.string(), textRule).optional(),
  })
  .refine((rule) => (rule.amount === undefined) !== (rule.amount_minor === undefined), {
    message: 'needs amount or amount_minor',
  });

const mapping = z
  .strictObject({
    delimiter: z.string().length(1).default(','),
    encoding: z.enum(['utf8', 'latin1']).default('utf8'),
    /** Such as `DD.MM.YYYY`; RFC 3339 when absent. */
    date_format: z.string().optional(),
    /** That of a year of two digits, such as 19 or 20. */
    century: z.int().min(0).max(99).default(20),
    decimal_mark: z.enum(['.', ',']).default('.'),
    /** The sign of amounts is left out: cases over it tell from and to. */
    ignore_sign: z.boolean().default(false),
    names: z.record(z.string(), textRule).default({}),
    /** What tells rows apart for ever; the whole row when absent. */
    key: textRule.optional(),
    accounts: z.array(accountRule).default([]),
    transfer: transferRule.optional(),
  })
  .refine((map) => map.accounts.length > 0 || map.transfer !== undefined, {
    message: 'needs accounts, a transfer, or both',
  });

export type Mapping = z.output<typeof mapping>;
export type TransferRule = z.output<typeof transferRule>;
export type AccountRule = z.output<typeof accountRule>;

/** Reads a mapping file. @throws {UsageError} with every wrong place */
export function readMapping(file: string): Mapping {
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `--mapping ${file}: ${error instanceof Error ? error.message : 'can not be read'}`,
    );
  }
  const parsed = mapping.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new UsageError(`--mapping ${file}: ${z.prettifyError(parsed.error)}`);
}

export type Cells = Readonly<Record<string, string>>;

/** No case fits a row, and there is no else. */
export class NoCase extends Error {
  override readonly name = 'NoCase';
}

const templates = new Map<string, readonly string[]>();

/** A text in parts: every second one is the name of a column. Cut once, for it is applied to every row. */
function partsOf(rule: string): readonly string[] {
  const known = templates.get(rule);
  if (known !== undefined) return known;
  const parts = rule.split(/\{([^{}]+)\}/);
  templates.set(rule, parts);
  return parts;
}

/** The text that a rule makes of a row. @throws {NoCase} */
export function applyRule(rule: TextRule, names: Mapping['names'], cells: Cells): string {
  if (typeof rule === 'string') {
    let text = '';
    for (const [index, part] of partsOf(rule).entries()) {
      const named = names[part];
      if (index % 2 === 0) text += part;
      else text += named === undefined ? (cells[part] ?? '') : applyRule(named, names, cells);
    }
    return text;
  }
  const chosen = rule.cases.find((row) => fits(row.if, cells));
  const next = chosen?.use ?? rule.else;
  if (next !== undefined) return applyRule(next, names, cells);
  throw new NoCase('no case fits, and there is no else');
}

function fits(condition: Condition, cells: Cells): boolean {
  return Object.entries(condition).every(([column, wanted]) => {
    const cell = cells[column] ?? '';
    if (typeof wanted === 'string') return cell === wanted;
    return Array.isArray(wanted) ? wanted.includes(cell) : cell.startsWith(wanted.starts_with);
  });
}

/** Every column that a rule looks at, those of the names it uses too. */
export function columnsOf(rule: TextRule | undefined, names: Mapping['names']): string[] {
  if (rule === undefined) return [];
  if (typeof rule === 'string')
    return [...rule.matchAll(/\{([^{}]+)\}/g)].flatMap(([, name = '']) =>
      names[name] === undefined ? [name] : columnsOf(names[name], names),
    );
  const inCases = rule.cases.flatMap((row) => [...Object.keys(row.if), ...columnsOf(row.use, names)]);
  return [...new Set([...inCases, ...columnsOf(rule.else, names)])];
}

/** Columns of the mapping that the file does not have. */
export function missingColumns(map: Mapping, header: readonly string[]): string[] {
  const { metadata = {}, ...fields } = map.transfer ?? {};
  const rules: (TextRule | undefined)[] = [
    map.key,
    ...map.accounts.flatMap((account) => Object.values(account)),
    ...Object.values(fields),
    ...Object.values(metadata),
  ];
  const named = new Set(rules.flatMap((rule) => columnsOf(rule, map.names)));
  return [...named].filter((column) => !header.includes(column));
}

import type { StatementLineOut } from '@credit-ledger/contract/statements.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { decimalText } from './amount-text.ts';
import type { WholeStatement } from './whole-statement.ts';

const namespace = 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.08';
/** An amount has at most 18 digits, 5 of them behind the point. */
const scaleMax = 5;
const amountMax = 10n ** 18n;

/** Why a statement can not be written as camt.053; undefined where it can. */
export function refuseCamt(statement: WholeStatement): string | undefined {
  const { account, scale, opening, closing, debits, credits } = statement;
  const { currency } = account;
  if (!/^[A-Z]{3}$/.test(currency)) return `camt.053 has currencies of three letters, not ${currency}`;
  if (scale > scaleMax)
    return `camt.053 has ${scaleMax} decimal digits at most, ${currency} has ${scale}`;
  const sums = [opening, closing, debits, credits, debits + credits];
  const isLarge = sums.some((sum) => sum >= amountMax || sum <= -amountMax);
  return isLarge ? 'camt.053 has amounts of 18 digits at most' : undefined;
}

/**
 * The statement as BankToCustomerStatement (ISO 20022, camt.053.001.08), in pieces of bounded size. Sides are those of
 * the books: what credits the account is CRDT, and a balance is CRDT where credits prevail.
 * @param now milliseconds since 1970
 */
export async function* writeCamt(
  statement: WholeStatement,
  now: number,
): AsyncGenerator<string, void, undefined> {
  yield writeHead(statement, now);
  for await (const lines of statement.pages())
    yield lines.map((line) => writeEntry(line, statement)).join('');
  yield '</Stmt></BkToCstmrStmt></Document>\n';
}

function writeHead(statement: WholeStatement, now: number): string {
  const { account, from, to, asOfPosition } = statement;
  const created = formatTime(now);
  const id = `${compact(account.id).slice(0, 20)}-${asOfPosition}`;
  const name = account.name ?? account.externalId;
  return [
    `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${namespace}"><BkToCstmrStmt>`,
    `<GrpHdr><MsgId>${id}</MsgId><CreDtTm>${created}</CreDtTm></GrpHdr>`,
    `<Stmt><Id>${id}</Id><CreDtTm>${created}</CreDtTm>`,
    `<FrToDt><FrDtTm>${from}</FrDtTm><ToDtTm>${to}</ToDtTm></FrToDt>`,
    `<Acct><Id><Othr><Id>${compact(account.id)}</Id></Othr></Id><Ccy>${account.currency}</Ccy>`,
    name === null ? '' : `<Nm>${textOf(name, 70)}</Nm>`,
    '</Acct>',
    writeBalance('OPBD', statement.opening, from, statement),
    writeBalance('CLBD', statement.closing, to, statement),
    writeSummary(statement),
  ].join('');
}

function writeBalance(
  type: 'OPBD' | 'CLBD',
  balance: bigint,
  time: string,
  { account, scale }: WholeStatement,
): string {
  const credit = account.normalSide === 'CREDIT' ? balance : -balance;
  return (
    `<Bal><Tp><CdOrPrtry><Cd>${type}</Cd></CdOrPrtry></Tp>` +
    `<Amt Ccy="${account.currency}">${decimalText(magnitude(credit), scale)}</Amt>` +
    `<CdtDbtInd>${signOf(credit)}</CdtDbtInd><Dt><DtTm>${time}</DtTm></Dt></Bal>`
  );
}

function writeSummary({ debits, credits, debitCount, creditCount, scale }: WholeStatement): string {
  const net = credits - debits;
  const count = (entries: number, sum: bigint): string =>
    `<NbOfNtries>${entries}</NbOfNtries><Sum>${decimalText(sum, scale)}</Sum>`;
  return (
    `<TxsSummry><TtlNtries>${count(debitCount + creditCount, debits + credits)}` +
    `<TtlNetNtry><Amt>${decimalText(magnitude(net), scale)}</Amt><CdtDbtInd>${signOf(net)}</CdtDbtInd>` +
    `</TtlNetNtry></TtlNtries><TtlCdtNtries>${count(creditCount, credits)}</TtlCdtNtries>` +
    `<TtlDbtNtries>${count(debitCount, debits)}</TtlDbtNtries></TxsSummry>`
  );
}

function writeEntry(line: StatementLineOut, { account, scale }: WholeStatement): string {
  const { transfer_id: transfer, description } = line;
  const refs = transfer === null ? '' : `<Refs><TxId>${compact(transfer)}</TxId></Refs>`;
  const text = description === null ? '' : textOf(description, 140);
  const remittance = text === '' ? '' : `<RmtInf><Ustrd>${text}</Ustrd></RmtInf>`;
  const details =
    refs + remittance === ''
      ? ''
      : `<NtryDtls><TxDtls>${refs}${amountOf(line, account.currency, scale)}${remittance}</TxDtls></NtryDtls>`;
  return (
    `<Ntry><NtryRef>${line.entry_number}</NtryRef>${amountOf(line, account.currency, scale)}` +
    `<Sts><Cd>BOOK</Cd></Sts><BookgDt><DtTm>${line.posted_at}</DtTm></BookgDt>` +
    `<ValDt><DtTm>${line.effective_at}</DtTm></ValDt>` +
    `<AcctSvcrRef>${compact(line.entry_id)}</AcctSvcrRef><BkTxCd><Prtry>` +
    `<Cd>${transfer === null ? 'ENTRY' : 'TRANSFER'}</Cd></Prtry></BkTxCd>${details}</Ntry>\n`
  );
}

function amountOf(
  { side, amount_minor: amount }: StatementLineOut,
  currency: string,
  scale: number,
): string {
  const indicator = side === 'CREDIT' ? 'CRDT' : 'DBIT';
  return `<Amt Ccy="${currency}">${decimalText(amount, scale)}</Amt><CdtDbtInd>${indicator}</CdtDbtInd>`;
}

function signOf(amount: bigint): 'CRDT' | 'DBIT' {
  return amount < 0n ? 'DBIT' : 'CRDT';
}

function magnitude(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}

/** A UUID within the 34 characters that identifications have. */
function compact(id: string): string {
  return id.replaceAll('-', '');
}

/** What XML 1.0 does not have: control characters, lone surrogates and noncharacters. */
const unprintable = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Text in one line, at most so many characters long, escaped; empty where nothing is left of it. */
function textOf(text: string, charactersMax: number): string {
  const plain = text.replaceAll(unprintable, ' ').replaceAll(/\s+/g, ' ').trim();
  const cut = Array.from(plain).slice(0, charactersMax).join('').trim();
  return cut.replaceAll(/[&<>]/g, (character) => escapes[character] ?? '');
}

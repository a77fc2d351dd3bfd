import { isoScale } from '@credit-ledger/contract/currencies.ts';
import type { CreditLedger } from '@credit-ledger/sdk/client.ts';
import { textOf, UsageError, type Given, type Options } from './command.ts';

/** An amount can be said in either way; both are exact. */
export const amountOptions: Options = {
  amount: { type: 'string', value: '<decimal>', describe: 'In units of the currency, such as 12.34' },
  'amount-minor': { type: 'string', value: '<digits>', describe: 'In minor units, such as 1234' },
};

/** Writes and reads amounts by the scale of their currency, which is asked for once. */
export interface Amounts {
  /** `12.34`; minor units where the currency is not known. */
  readonly show: (minor: bigint | null, currency: string) => Promise<string>;
  /** The amount that the options give. @throws {UsageError} */
  readonly read: (given: Given, currency: string) => Promise<bigint | undefined>;
}

export function createAmounts(client: CreditLedger): Amounts {
  const asked = new Map<string, Promise<number>>();
  const scaleOf = async (currency: string): Promise<number> => {
    const known = isoScale(currency);
    if (known !== undefined) return known;
    const scale = asked.get(currency) ?? client.readCurrency(currency).then((row) => row.scale);
    asked.set(currency, scale);
    return scale;
  };
  return {
    show: async (minor, currency) =>
      minor === null ? '' : writeDecimal(minor, await scaleOf(currency)),
    read: async (given, currency) => {
      const [decimal, minor] = [textOf(given, 'amount'), textOf(given, 'amount-minor')];
      if (decimal !== undefined && minor !== undefined)
        throw new UsageError('--amount or --amount-minor, not both');
      if (minor !== undefined) return readDecimal(minor, 0, '--amount-minor');
      return decimal === undefined
        ? undefined
        : readDecimal(decimal, await scaleOf(currency), '--amount');
    },
  };
}

/** Minor units as a decimal, digit by digit. */
export function writeDecimal(minor: bigint, scale: number): string {
  const digits = String(minor < 0n ? -minor : minor).padStart(scale + 1, '0');
  const cut = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`;
  return minor < 0n ? `-${text}` : text;
}

/** A decimal as minor units, exactly. @throws {UsageError} where it has more digits than the currency */
export function readDecimal(text: string, scale: number, name: string): bigint {
  const parts = /^(-?)(\d{1,19})(?:\.(\d{1,12}))?$/.exec(text);
  if (parts === null) throw new UsageError(`${name} has to be an amount such as 12.34, not ${text}`);
  const [, sign = '', whole = '', fraction = ''] = parts;
  if (fraction.length > scale)
    throw new UsageError(`${name} ${text} has more than the ${scale} decimals of its currency`);
  return BigInt(`${sign}${whole}${fraction.padEnd(scale, '0')}`);
}

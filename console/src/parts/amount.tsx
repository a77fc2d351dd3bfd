import { useQuery } from '@tanstack/react-query';
import { clientFor } from '../api/client.ts';
import { formatAmount, formatShort } from '../format/amounts.ts';

/** The scales of all currencies, read once: 2 for USD, 0 for JPY. */
export function useScales(): { scaleOf: (currency: string) => number; codes: readonly string[] } {
  const { data } = useQuery({
    queryKey: ['currencies'],
    queryFn: async () => {
      const scales = new Map<string, number>();
      for await (const { code, scale } of clientFor('').listCurrencies({ limit: 1000 }))
        scales.set(code, scale);
      return scales;
    },
    staleTime: 600_000,
  });
  return {
    scaleOf: (currency) => data?.get(currency) ?? 2,
    codes: data === undefined ? [] : [...data.keys()],
  };
}

interface AmountProps {
  readonly minor: bigint;
  readonly currency: string;
  readonly withCurrency?: boolean;
  readonly isShort?: boolean;
}

/** An amount with its currency's scale, as the reader's locale writes it. */
export function Amount({ minor, currency, withCurrency = false, isShort = false }: AmountProps) {
  const { scaleOf } = useScales();
  const text = (isShort ? formatShort : formatAmount)(minor, scaleOf(currency));
  return (
    <span className="nowrap">
      {text}
      {withCurrency && <span className="dim"> {currency}</span>}
    </span>
  );
}

import { Fragment } from 'react';
import { formatAmount } from '../format/amounts.ts';
import { AccountLink } from './account-link.tsx';
import { useScales } from './amount.tsx';
import { adviceFor } from './refusal-words.ts';

const uuid = /([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})/i;
const unit = /\s*\(in minor units of (\w+)\)/;

/** Why something was refused: the server's sentence, its amounts with their decimals and its accounts by name. */
export function RefusalWords({ code, detail }: { code: string; detail: string }) {
  const { scaleOf } = useScales();
  const currency = unit.exec(detail)?.[1];
  const say = (text: string): string =>
    currency === undefined
      ? text
      : text.replaceAll(
          /(?<![\w-])-?\d+(?![\w-])/g,
          (digits) => `${formatAmount(BigInt(digits), scaleOf(currency))} ${currency}`,
        );
  const pieces = capital(detail).replace(unit, '').split(uuid);
  return (
    <>
      {pieces.map((piece, at) => (
        <Fragment key={at}>{at % 2 === 1 ? <AccountLink id={piece} /> : say(piece)}</Fragment>
      ))}
      . {adviceFor(code)}
    </>
  );
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

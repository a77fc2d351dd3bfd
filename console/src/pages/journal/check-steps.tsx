import { Icon } from '../../parts/icons.tsx';
import type { CheckStep } from '../../proof/check-receipt.ts';

/** Each step of a check, and whether it holds. */
export function CheckSteps({ steps }: { steps: readonly CheckStep[] }) {
  const isWhole = steps.every(({ holds }) => holds);
  return (
    <div role="status" className="stack">
      <div className={`notice ${isWhole ? 'good' : 'bad'}`}>
        <strong>{isWhole ? 'The receipt is valid.' : 'The receipt does not hold.'}</strong>
        {isWhole
          ? 'The entry is in the journal that was signed, unchanged.'
          : 'What is marked below is not as it has to be.'}
      </div>
      <ol className="steps">
        {steps.map(({ name, holds, detail }) => (
          <li key={name} className={holds ? 'holds' : 'fails'}>
            <Icon name={holds ? 'check' : 'close'} />
            <span>
              <span className="sr-only">{holds ? 'Holds: ' : 'Fails: '}</span>
              {name}
              <code className="dim">{detail}</code>
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

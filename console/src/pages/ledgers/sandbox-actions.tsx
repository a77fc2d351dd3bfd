import { useState } from 'react';
import { useClient, useLedgerName } from '../../api/ledger.ts';
import { queryClient } from '../../api/queries.ts';
import { reopenFeed } from '../../api/use-live.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { SelectField, TextField } from '../../parts/fields.tsx';

const units = [
  ['60', 'minutes'],
  ['3600', 'hours'],
  ['86400', 'days'],
] as const;
type Unit = (typeof units)[number][0];

/** What a sandbox allows and no other ledger does. */
export function SandboxActions({ name }: { name: string }) {
  return (
    <>
      <MoveClock name={name} />
      <Reset name={name} />
    </>
  );
}

/** All that is shown may be another now: due things have happened, or everything is gone. */
function readAllAgain(): void {
  void queryClient.invalidateQueries();
}

function MoveClock({ name }: { name: string }) {
  const client = useClient();
  const [text, setText] = useState('1');
  const [unit, setUnit] = useState<Unit>('86400');
  const isWhole = /^[1-9]\d{0,5}$/.test(text.trim());
  return (
    <ActButton
      isSmall
      text="Move clock"
      asks={`Move the clock of ${name}`}
      explains="Forward only. What is due by then happens: holds expire, scheduled transfers are run, dated limits count."
      act={(key) =>
        client.moveLedgerClock(
          name,
          { advance_seconds: Number(text) * Number(unit) },
          { idempotencyKey: key },
        )
      }
      onDone={readAllAgain}
      said={`The clock of ${name} was moved.`}
      canSubmit={isWhole}
    >
      <TextField
        label="Forward by"
        isNumber
        value={text}
        error={isWhole ? undefined : 'Enter a whole number above zero.'}
        onChange={setText}
      />
      <SelectField label="Unit" value={unit} options={units} onChange={setUnit} />
    </ActButton>
  );
}

function Reset({ name }: { name: string }) {
  const client = useClient();
  const here = useLedgerName();
  return (
    <ActButton
      isSmall
      isDanger
      text="Reset"
      asks={`Empty the sandbox ${name}`}
      explains="It begins anew: no accounts, no entries, its clock at the real time. What was in it is out of sight for good."
      act={(key) => client.resetLedger(name, { idempotencyKey: key })}
      onDone={() => {
        reopenFeed(here);
        readAllAgain();
      }}
      said={`${name} is empty.`}
    />
  );
}

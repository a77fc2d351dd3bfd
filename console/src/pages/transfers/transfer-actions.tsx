import type { CreditLedger, TransferDetail } from '@credit-ledger/sdk';
import { useState, type FormEvent } from 'react';
import { useClient } from '../../api/ledger.ts';
import { readAgain } from '../../api/queries.ts';
import { useMay } from '../../api/session.tsx';
import { parseAmount, toInput } from '../../format/amounts.ts';
import { useScales } from '../../parts/amount.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Check, TextField } from '../../parts/fields.tsx';
import { Failure } from '../../parts/states.tsx';
import { say } from '../../parts/toasts.tsx';
import { useAction } from '../../parts/use-action.ts';

type ActName = 'settle' | 'void' | 'reverse' | 'cancel';

interface Act {
  readonly name: ActName;
  readonly text: string;
  readonly said: string;
  readonly explains: string;
  /** The most that it can be about; undefined: there is nothing to choose. */
  readonly most?: bigint;
  readonly isDanger?: boolean;
}

/** What can be done with a transfer as it stands. */
function actsOn({
  status,
  held_minor: held,
  amount_minor: amount,
  settled_minor: settled,
  reversed_minor: reversed,
}: TransferDetail): Act[] {
  const reversible = (settled > 0n ? settled : amount) - reversed;
  if (status === 'HELD')
    return [
      {
        name: 'settle',
        text: 'Settle',
        said: 'The hold was settled.',
        explains: 'Moves the money. What is left is released, unless it is kept.',
        most: held,
      },
      {
        name: 'void',
        text: 'Void',
        said: 'The hold was voided.',
        explains: 'Releases all that is held. Nothing moves.',
        isDanger: true,
      },
    ];
  if (status === 'COMPLETED' && reversible > 0n)
    return [
      {
        name: 'reverse',
        text: 'Reverse',
        said: 'The transfer was reversed.',
        explains: 'Posts the opposite. The first entry stays in the journal.',
        most: reversible,
        isDanger: true,
      },
    ];
  if (status === 'SCHEDULED')
    return [
      {
        name: 'cancel',
        text: 'Cancel transfer',
        said: 'The transfer was cancelled.',
        explains: 'It will not be run. Nothing has moved.',
        isDanger: true,
      },
    ];
  return [];
}

export function TransferActions({ transfer }: { transfer: TransferDetail }) {
  const [open, setOpen] = useState<ActName>();
  const mayWrite = useMay('write');
  if (!mayWrite) return null;
  const acts = actsOn(transfer);
  const act = acts.find(({ name }) => name === open);
  return (
    <>
      {acts.map(({ name, text, isDanger }) => (
        <button
          key={name}
          type="button"
          className={`button${isDanger === true ? ' danger' : ' primary'}`}
          onClick={() => setOpen(name)}
        >
          {text}
        </button>
      ))}
      {act !== undefined && (
        <ActDialog act={act} transfer={transfer} onClose={() => setOpen(undefined)} />
      )}
    </>
  );
}

interface Choice {
  readonly amount: bigint | undefined;
  readonly keeps: boolean;
  readonly reason: string;
  readonly isForced: boolean;
}

function send(
  client: CreditLedger,
  act: ActName,
  id: string,
  choice: Choice,
  idempotencyKey: string,
): Promise<unknown> {
  const { amount, keeps, reason, isForced } = choice;
  const options = { idempotencyKey };
  if (act === 'settle')
    return client.settleHold(
      id,
      { amount_minor: amount, ...(keeps ? { keep_remaining: true } : {}) },
      options,
    );
  if (act === 'void') return client.voidHold(id, {}, options);
  if (act === 'cancel') return client.cancelTransfer(id, {}, options);
  const words = reason.trim() === '' ? {} : { reason: reason.trim() };
  return client.reverseTransfer(
    id,
    { amount_minor: amount, ...words, ...(isForced ? { force: true } : {}) },
    options,
  );
}

function ActDialog({
  act,
  transfer,
  onClose,
}: {
  act: Act;
  transfer: TransferDetail;
  onClose: () => void;
}) {
  const client = useClient();
  const { scaleOf } = useScales();
  const { currency, id } = transfer;
  const scale = scaleOf(currency);
  const [text, setText] = useState(toInput(act.most, scale));
  const [keeps, setKeeps] = useState(false);
  const [reason, setReason] = useState('');
  const [isForced, setForced] = useState(false);
  const mayForce = useMay('admin');
  const [key] = useState(() => crypto.randomUUID());
  const amount = act.most === undefined ? undefined : parseAmount(text, scale, currency);
  const wrong = typeof amount === 'string' ? amount : undefined;
  const run = useAction(
    (choice: Choice) => send(client, act.name, id, choice, `${key}-${text}-${isForced}`),
    () => {
      readAgain('transfer', 'timeline', 'transfer-entries', 'transfers', 'account');
      say(act.said);
      onClose();
    },
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (typeof amount !== 'string') run.run({ amount, keeps, reason, isForced });
  };
  return (
    <Dialog title={act.text} onClose={onClose}>
      <p>{act.explains}</p>
      <form className="stack" onSubmit={submit} noValidate>
        {act.most !== undefined && (
          <TextField
            label={`Amount in ${currency}`}
            isNumber
            value={text}
            error={wrong}
            onChange={setText}
          />
        )}
        {act.name === 'settle' && (
          <Check label="Keep what is left on hold" isOn={keeps} onChange={setKeeps} />
        )}
        {act.name === 'reverse' && <TextField label="Reason" value={reason} onChange={setReason} />}
        {act.name === 'reverse' && mayForce && (
          <Check label="Force it past limits" isOn={isForced} onChange={setForced} />
        )}
        {run.error !== undefined && <Failure error={run.error} />}
        <div className="dialog-foot">
          <button type="button" className="button" onClick={onClose}>
            Keep as it is
          </button>
          <button
            type="submit"
            className={`button ${act.isDanger === true ? 'danger' : 'primary'}`}
            disabled={run.isRunning}
          >
            {act.text}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

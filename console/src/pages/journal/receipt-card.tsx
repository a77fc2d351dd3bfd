import { isProblem, type Entry, type Receipt } from '@credit-ledger/sdk';
import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { useMay } from '../../api/session.tsx';
import { Link } from '../../parts/link.tsx';
import { toJson } from '../../parts/copy.tsx';
import { saveText } from '../../parts/save-file.ts';
import { Failure } from '../../parts/states.tsx';
import { say } from '../../parts/toasts.tsx';
import { useAction } from '../../parts/use-action.ts';
import { checkReceipt } from '../../proof/check-receipt.ts';
import { CheckSteps } from './check-steps.tsx';

/** The receipt of an entry: to keep, and to check right here. */
export function ReceiptCard({ entry: { id, entry_number: number } }: { entry: Entry }) {
  const receipt = useRead(['receipt', id], (client) => client.readReceipt(id));
  const isUnsealed = isProblem(receipt.error, 'entry_not_sealed');
  return (
    <section className="card" aria-label="Receipt">
      <div className="card-head">
        <h2>Receipt</h2>
        {receipt.data !== undefined && (
          <button
            type="button"
            className="button small"
            onClick={() =>
              saveText(toJson(receipt.data, 2), 'application/json', `receipt-${number}.json`)
            }
          >
            Download
          </button>
        )}
      </div>
      <div className="card-body stack">
        {isUnsealed && <NotSealed />}
        {!isUnsealed && receipt.error !== null && <Failure error={receipt.error} />}
        {receipt.data !== undefined && <ReceiptCheck receipt={receipt.data} />}
      </div>
    </section>
  );
}

function NotSealed() {
  const client = useClient();
  const isAdmin = useMay('admin');
  const seal = useAction(
    () => client.sealLedgers(),
    () => {
      readAgain('receipt');
      say('The journals were sealed.');
    },
  );
  return (
    <>
      <p className="dim">It is not under a signed head yet. Heads are signed every hour.</p>
      {isAdmin && (
        <div>
          <button type="button" className="button" disabled={seal.isRunning} onClick={() => seal.run()}>
            Seal now
          </button>
        </div>
      )}
      {seal.error !== undefined && <Failure error={seal.error} />}
    </>
  );
}

function ReceiptCheck({ receipt }: { receipt: Receipt }) {
  const client = useClient();
  const check = useAction(async () => {
    const { data } = await client.listSealKeys();
    // The head names the key that signed it: 4 bytes before the signature.
    const line = receipt.head.trim().split(' ').at(-1) ?? '';
    const named = Uint8Array.fromBase64(line).slice(0, 4).toHex();
    const key = data.find(({ key_id: id }) => id === named);
    if (key === undefined) throw new Error('The server does not know the key that signed this.');
    return checkReceipt(receipt, key.public_key);
  });
  return (
    <>
      <p>
        Entry {receipt.leaf_index + 1} of {receipt.tree_size} under a signed head. The check runs in this
        browser, with the server’s public key;{' '}
        <Link to="/journal/receipts">check it with a key of your own</Link> to trust nobody.
      </p>
      <div>
        <button type="button" className="button" disabled={check.isRunning} onClick={() => check.run()}>
          Verify here
        </button>
      </div>
      {check.error !== undefined && <Failure error={check.error} />}
      {check.result !== undefined && <CheckSteps steps={check.result} />}
    </>
  );
}

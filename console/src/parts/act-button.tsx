import { isProblem } from '@credit-ledger/sdk';
import { useState, type FormEvent, type ReactNode } from 'react';
import { Dialog } from './dialog.tsx';
import { Failure } from './states.tsx';
import { say } from './toasts.tsx';
import { useAction } from './use-action.ts';

interface ActButtonProps<Result> {
  readonly text: string;
  /** The heading of the dialog that asks first; without it the button acts at once. */
  readonly asks?: string;
  readonly explains?: ReactNode;
  /** @param key the same when it is tried again after no answer, so that it is done once */
  readonly act: (key: string) => Promise<Result>;
  readonly onDone: (result: Result) => void;
  readonly said?: string;
  readonly isDanger?: boolean;
  readonly isSmall?: boolean;
  readonly canSubmit?: boolean;
  /** Fields of the dialog. */
  readonly children?: ReactNode;
}

const newKey = (): string => crypto.randomUUID();

/** Does something, and says so; asks first where that is called for. */
export function ActButton<Result>(props: ActButtonProps<Result>) {
  const {
    text,
    asks,
    explains,
    act,
    onDone,
    said,
    isDanger = false,
    isSmall = false,
    canSubmit = true,
    children,
  } = props;
  const [isAsking, setAsking] = useState(false);
  const [key, setKey] = useState(newKey);
  const attempt = async (): Promise<Result> => {
    try {
      return await act(key);
    } catch (error) {
      // What was refused is asked for anew; what was not answered may have been done.
      if (isProblem(error) && error.retry !== 'same_key') setKey(newKey());
      throw error;
    }
  };
  const { run, isRunning, error, reset } = useAction(attempt, (result) => {
    setAsking(false);
    setKey(newKey());
    if (said !== undefined) say(said);
    onDone(result);
  });
  const open = (): void => {
    reset();
    if (asks === undefined) run();
    else setAsking(true);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (canSubmit) run();
  };
  const tone = isDanger ? ' danger' : '';
  return (
    <>
      <button
        type="button"
        className={`button${tone}${isSmall ? ' small' : ''}`}
        disabled={isRunning}
        onClick={open}
      >
        {text}
      </button>
      {error !== undefined && !isAsking && (
        <Dialog title={text} onClose={reset}>
          <Failure error={error} />
        </Dialog>
      )}
      {isAsking && asks !== undefined && (
        <Dialog title={asks} onClose={() => setAsking(false)}>
          {explains !== undefined && <p>{explains}</p>}
          <form className="stack" onSubmit={submit} noValidate>
            {children}
            {error !== undefined && <Failure error={error} />}
            <div className="dialog-foot">
              <button type="button" className="button" onClick={() => setAsking(false)}>
                Cancel
              </button>
              <button
                type="submit"
                className={`button ${isDanger ? 'danger' : 'primary'}`}
                disabled={isRunning || !canSubmit}
              >
                {text}
              </button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}

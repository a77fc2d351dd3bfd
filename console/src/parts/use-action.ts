import { isProblem } from '@credit-ledger/sdk';
import { useState } from 'react';
import { readAgain } from '../api/queries.ts';

interface Action<Args extends readonly unknown[], Result> {
  readonly isRunning: boolean;
  readonly error: unknown;
  /** What it came to last. */
  readonly result: Result | undefined;
  readonly run: (...args: Args) => void;
  readonly reset: () => void;
}

interface State<Result> {
  readonly isRunning: boolean;
  readonly error?: unknown;
  readonly result?: Result;
}

/** Does something that takes time, once at a time, and keeps what it came to or how it failed. */
export function useAction<Args extends readonly unknown[], Result>(
  act: (...args: Args) => Promise<Result>,
  onDone?: (result: Result) => void,
): Action<Args, Result> {
  const [{ isRunning, error, result }, setState] = useState<State<Result>>({ isRunning: false });
  const run = (...args: Args): void => {
    if (isRunning) return;
    setState({ isRunning: true });
    act(...args).then(
      (result) => {
        setState({ isRunning: false, result });
        onDone?.(result);
      },
      (error: unknown) => {
        // The session is over: whoever signs in again finds the page where it was.
        if (isProblem(error, 'unauthorized')) readAgain('session');
        setState({ isRunning: false, error });
      },
    );
  };
  return { isRunning, error, result, run, reset: () => setState({ isRunning: false }) };
}

import type { Command, Ledger } from '../ledger/commands.ts';
import type { Call, Handlers } from './call.ts';
import { submit } from './submission.ts';
import { toItem } from './transfers.ts';

/** What would happen: decided by the ledger under its order, with nothing stored. */
export function previewHandlers(ledger: Ledger): Handlers<'preview'> {
  return {
    preview: (call) => submit(ledger, call, { command: { kind: 'preview', command: toCommand(call) } }),
  };
}

function toCommand(call: Call<'preview'>): Extract<Command, { kind: 'preview' }>['command'] {
  const { body } = call;
  if ('lines' in body) return { kind: 'post_entry', body };
  if ('transfers' in body)
    return {
      kind: 'post_transfers',
      mode: body.mode,
      items: body.transfers.map((item) => toItem(call, item)),
    };
  return { kind: 'post_transfer', body };
}

import type { LedgerRequest } from './commands.ts';

/** A command without a key gets one, so that it may be forwarded or tried again without being done twice. */
export function withKey(request: LedgerRequest, mintId: () => string): LedgerRequest {
  const { command } = request;
  const chosen = 'body' in command && 'id' in command.body ? command.body.id : undefined;
  if (request.key !== undefined || isHarmlessTwice(command) || typeof chosen === 'string')
    return request;
  return { ...request, key: `command:${mintId()}` };
}

/**
 * What has no effect, or none when the transfer's status says that there is nothing left to do, or says the
 * same once more.
 */
function isHarmlessTwice({ kind }: LedgerRequest['command']): boolean {
  switch (kind) {
    case 'preview':
    case 'run_transfer':
    case 'give_up_transfer':
    case 'redrive_transfer':
    case 'announce':
    case 'expire_hold':
      return true;
    default:
      return false;
  }
}

import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { checkReceipt } from '../proof/receipt.ts';
import { readText, requireFile, requireText, type Command } from './command.ts';
import { readKey } from './public-key.ts';

/** Checks a receipt with nothing but the public key. */
export const verifyReceipt: Command = {
  summary: 'Check a receipt with nothing but the public key',
  usage: '<file>',
  options: {
    key: {
      type: 'string',
      value: '<public key>',
      describe: 'A PEM file, or the key as GET /v1/seals/keys shows it; needed',
    },
  },
  examples: [['credit-ledger verify-receipt receipt.json --key seal.pub', '']],
  run: async (given, { out, err }) => {
    const key = await readKey(requireText(given, 'key'));
    const verdict = checkReceipt(await readText(requireFile(given)), key);
    if (!verdict.holds) {
      err(`The receipt does not hold: ${verdict.why}.\n`);
      return 1;
    }
    out(`${stringifyJson({ holds: true, ...verdict.says })}\n`);
    return 0;
  },
};

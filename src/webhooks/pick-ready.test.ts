import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pickReady } from './pick-ready.ts';

const waiting = (text: string) =>
  text.split(' ').map((part) => {
    const [id = '', accounts = '', dueAt = '0'] = part.split(':');
    return { id, accounts: accounts === '' ? [] : accounts.split(','), dueAt: Number(dueAt) };
  });

/** `<id>:<accounts>:<due at>` in the order of the log, accounts on their way, free slots; at the time 10. */
const rows: [string, string, string, number, string][] = [
  ['others go on', '1:a 2:b 3:a,b 4:c', '', 8, '1 2 4'],
  ['one at a time for an account', '1:a 2:a 3:a', '', 8, '1'],
  ['behind what is on its way', '1:a 2:b', 'a', 8, '2'],
  ['behind what is not due', '1:a:99 2:a 3:b', '', 8, '3'],
  ['behind what waits behind another one', '1:a:99 2:a,b 3:b 4:c', '', 8, '4'],
  ['as many as there are slots', '1:a 2:b 3:c', '', 2, '1 2'],
  ['no slot', '1:a', '', 0, ''],
  ['what is of no account waits for nobody', '1: 2: 3::99 4:', 'a', 8, '1 2 4'],
  ['due at this very moment', '1:a:10 2:b:11', '', 8, '1'],
];

test('deliveries are picked in the order of the log, as far as they share an account', () => {
  for (const [name, text, running, slots, expected] of rows) {
    const taken = new Set(running === '' ? [] : running.split(','));
    const ready = pickReady(waiting(text), taken, 10, slots);
    assert.equal(ready.map(({ id }) => id).join(' '), expected, name);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { createDatabase } from '../support/databases.ts';
import { startOn } from '../support/product.ts';
import { startRoles } from '../support/role-process.ts';

/** A role that works does so in this time, whatever else the machine does. */
const waitSeconds = '8';

test('the smoke test names what an installation can not do, until every role is there and nothing differs', async (t) => {
  const database = await createDatabase(t);
  const env = {
    ADMIN_API_KEY: 'smoke-admin-key-0123456789-0123456789',
    API_KEY_PEPPER: 'a pepper of the smoke test',
    INTERNAL_TOKEN: 'a token of the smoke test',
  };
  const { url, adminKey } = await startOn(t, database, { ...env, ROLE: 'gateway,ledger' });
  const where = { CREDIT_LEDGER_URL: url, CREDIT_LEDGER_API_KEY: adminKey, NO_COLOR: '1' };
  const smoke = async (status: number): Promise<string> => {
    const ended = await runCli(['smoke', '--wait', waitSeconds], where);
    assert.equal(ended.status, status, ended.out + ended.err);
    return ended.out + ended.err;
  };
  const lacking = [
    ['projections', /^no {4}the read models follow$/m],
    ['worker', /^no {4}a transfer is accepted now and run later$/m],
    ['scheduler', /^no {4}the books balance, and every copy agrees/m],
  ] as const;
  for (const [role, no] of lacking) {
    assert.match(await smoke(1), no);
    await startRoles(t, role, { ...env, DATABASE_URL: database.url });
  }
  assert.equal((await smoke(0)).match(/^ok {4}/gm)?.length, 7);

  const sql = await database.connect();
  await sql.query('update read_models.balances set debits_minor = debits_minor + 1');
  assert.match(await smoke(1), /differences between the journal and what is made of it/);
});

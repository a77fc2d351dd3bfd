import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { answerInstead, loadConfig, settingRows } from './config.ts';

test('without flags and variables every setting has its default', () => {
  const config = loadConfig([], {});
  assert.equal(config.host, '127.0.0.1');
  assert.equal(config.port, 4000);
  assert.equal(config.dataDir, '.data');
  assert.equal(config.databaseUrl, undefined);
  assert.equal(config.allowUnsafeDurability, false);
});

test('a flag wins over the environment variable of the same setting', () => {
  assert.equal(loadConfig([], { PORT: '5000' }).port, 5000);
  assert.equal(loadConfig(['--port', '6000'], { PORT: '5000' }).port, 6000);
  assert.equal(loadConfig(['--port=7000'], { PORT: '5000' }).port, 7000);
});

test('an empty variable counts as absent', () => {
  assert.equal(loadConfig([], { PORT: '' }).port, 4000);
});

test('a boolean flag needs no value', () => {
  assert.equal(loadConfig(['--allow-unsafe-durability'], {}).allowUnsafeDurability, true);
  assert.equal(loadConfig(['--allow-unsafe-durability=false'], {}).allowUnsafeDurability, false);
});

test('an unknown flag is refused with the nearest known one', () => {
  assert.throws(() => loadConfig(['--prot', '1'], {}), /unknown flag --prot; did you mean --port\?/);
});

test('a stray argument and a flag without its value are refused', () => {
  assert.throws(() => loadConfig(['serve'], {}), /unexpected argument 'serve'/);
  assert.throws(() => loadConfig(['--port'], {}), /--port needs a value/);
});

for (const [env, value, message] of [
  ['PORT', '65536', /PORT: must be at most 65535/],
  ['PORT', '4e3', /PORT: must be a whole number/],
  ['LOG_LEVEL', 'loud', /LOG_LEVEL: /],
  ['DATABASE_URL', 'mysql://localhost/x', /DATABASE_URL: must be a URL such as postgresql:/],
  ['ADMIN_API_KEY', 'short', /ADMIN_API_KEY: must be at least 16/],
  ['ALLOW_UNSAFE_DURABILITY', 'yes', /ALLOW_UNSAFE_DURABILITY: must be true or false/],
] as const) {
  test(`${env}=${value} is refused by the variable's name`, () => {
    assert.throws(() => loadConfig([], { [env]: value }), message);
  });
}

test('several invalid values are all named, a flag by its own name', () => {
  assert.throws(() => loadConfig(['--queue-max', '0'], { PORT: 'x' }), /PORT: [^]*--queue-max: /);
});

test('a secret may be in a file, which its own variable wins over', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'credit-ledger-config-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'token');
  writeFileSync(file, 'sixteen-characters-or-more\n');
  const fileOnly = { INTERNAL_TOKEN_FILE: file };
  assert.equal(loadConfig([], fileOnly).internalToken, 'sixteen-characters-or-more');
  const both = { ...fileOnly, INTERNAL_TOKEN: 'another-that-is-long' };
  assert.equal(loadConfig([], both).internalToken, 'another-that-is-long');
  assert.throws(() => loadConfig([], { INTERNAL_TOKEN_FILE: `${file}-none` }), /INTERNAL_TOKEN_FILE: /);
  assert.equal(loadConfig([], { PORT_FILE: file }).port, 4000);
});

test('a connection string through a unix socket is accepted', () => {
  const url = 'postgresql://ledger@localhost/ledger?host=/run/postgresql';
  assert.equal(loadConfig([], { DATABASE_URL: url }).databaseUrl, url);
});

test('--print-config shows every setting and masks the secrets', () => {
  const env = { INTERNAL_TOKEN: 'a-very-secret-token', PORT: '5001' };
  const printed = answerInstead(['--print-config'], env) ?? '';
  for (const row of settingRows) assert.ok(printed.includes(row.env));
  assert.match(printed, /^PORT +5001$/m);
  assert.match(printed, /^INTERNAL_TOKEN +\*+$/m);
  assert.ok(!printed.includes('a-very-secret-token'));
});

test('--help names every flag; without a question the program runs', () => {
  const help = answerInstead(['--help'], {}) ?? '';
  for (const row of settingRows) assert.ok(help.includes(row.flag));
  assert.equal(answerInstead([], {}), undefined);
});

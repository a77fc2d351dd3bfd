import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeSettings } from './doctor-postgres.ts';

const well: [string, string, string | null][] = [
  ['server_version_num', '150005', null],
  ['fsync', 'on', null],
  ['full_page_writes', 'on', null],
  ['synchronous_commit', 'remote_apply', null],
  ['data_checksums', 'on', null],
  ['max_connections', '100', null],
  ['shared_buffers', '32768', '8kB'],
  ['max_wal_size', '4096', 'MB'],
  ['autovacuum', 'on', null],
  ['jit', 'off', null],
  ['default_transaction_read_only', 'off', null],
];

const judge = (name: string, setting: string) =>
  judgeSettings(
    new Map(well.map(([row, value, unit]) => [row, { setting: row === name ? setting : value, unit }])),
  ).filter(({ mend }) => mend !== undefined);

test('what a PostgreSQL lacks is told with what to do, and whether it has to be done', () => {
  const rows: [name: string, setting: string, isBad: boolean][] = [
    ['server_version_num', '140012', true],
    ['fsync', 'off', true],
    ['full_page_writes', 'off', true],
    ['synchronous_commit', 'off', true],
    ['autovacuum', 'off', true],
    ['default_transaction_read_only', 'on', true],
    ['data_checksums', 'off', false],
    ['max_connections', '20', false],
    ['shared_buffers', '16384', false],
    ['max_wal_size', '1024', false],
    ['jit', 'on', false],
  ];
  for (const [name, setting, isBad] of rows) {
    const findings = judge(name, setting);
    assert.deepEqual(
      findings.map((finding) => [finding.what, finding.isBad]),
      [[name, isBad]],
    );
  }
  assert.deepEqual(judge('fsync', 'on'), []);
  assert.equal(judge('shared_buffers', '16384')[0]?.says, '128 MiB');
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { monitoring } from '../support/prometheus.ts';

const root = join(monitoring, '..');
const folder = join(monitoring, 'prometheus');

function promtool(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

test('the rules and the configuration of Prometheus are valid', () => {
  promtool('check', 'config', 'prometheus.yml');
  promtool('check', 'rules', 'alerts.yml');
});

test('each alert fires for what it is made for, and is quiet else', () => {
  promtool('test', 'rules', 'alerts.test.yml');
});

test('each alert has a heading in the runbook that says what to do', () => {
  const rules = readFileSync(join(folder, 'alerts.yml'), 'utf8');
  const urls = Array.from(rules.matchAll(/runbook_url: (\S+)#(\S+)/g), ([, page = '', anchor = '']) => {
    return { page, anchor };
  });
  assert.ok(urls.length > 20);
  for (const { page, anchor } of urls) {
    const chapters = readFileSync(join(root, page), 'utf8').split(/^#+ /m);
    const chapter = chapters.find((text) => text.slice(0, text.indexOf('\n')).toLowerCase() === anchor);
    assert.ok(chapter !== undefined, `${page} has no heading ${anchor}`);
    for (const part of ['**Means**', '**First**', '**Confirm**', '**Mend**'])
      assert.ok(chapter.includes(part), `${anchor} lacks ${part}`);
  }
});

test('alerts and dashboards name no metric that is not documented', () => {
  const page = readFileSync(join(root, 'docs', 'operations', 'metrics.md'), 'utf8');
  const known = new Set(Array.from(page.matchAll(/^\| `(\w+)`/gm), ([, name = '']) => name));
  const files = readdirSync(join(monitoring, 'grafana', 'dashboards'));
  const paths = files.map((name) => join('grafana', 'dashboards', name));
  const texts = [...paths, join('prometheus', 'alerts.yml')].map((path) =>
    readFileSync(join(monitoring, path), 'utf8'),
  );
  const named = texts.join('\n').matchAll(/\b[a-z]+(?:_[a-z0-9]+)+\b(?=[{[)]| [<>/])/g);
  for (const [name] of named) {
    const metric = name.replace(/_(bucket|count|sum)$/, '');
    assert.ok(known.has(metric), `${name} is not a metric of the page`);
  }
});

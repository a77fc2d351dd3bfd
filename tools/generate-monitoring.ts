// Writes what deploy/ has of Prometheus and Grafana from tools/monitoring: rules, their unit tests, dashboards.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert, Series } from './monitoring/alert.ts';
import { viewDashboard } from './monitoring/dashboard.ts';
import { dashboards } from './monitoring/dashboards.ts';
import { followingAlerts } from './monitoring/following-alerts.ts';
import { proofAlerts } from './monitoring/proof-alerts.ts';
import { writingAlerts } from './monitoring/writing-alerts.ts';

const deploy = join(import.meta.dirname, '..', 'deploy');
const note =
  '# Made by tools/generate-monitoring.ts from tools/monitoring; change it there and run npm run generate.\n';

const groups: Readonly<Record<string, readonly Alert[]>> = {
  writing: writingAlerts,
  following: followingAlerts,
  'books and processes': proofAlerts,
};
const alerts = Object.values(groups).flat();

/** Text as YAML has it; JSON's quotes mean the same there. */
const quote = (text: string): string => JSON.stringify(text);

const runbookOf = ({ name }: Alert): string => `docs/operations/runbook.md#${name.toLowerCase()}`;

const writeRule = (alert: Alert): string => `      - alert: ${alert.name}
        expr: ${quote(alert.expr)}
        for: ${alert.for}
        labels:
          severity: ${alert.severity}
        annotations:
          summary: ${quote(alert.summary)}
          runbook_url: ${runbookOf(alert)}
`;

const rules = Object.entries(groups).map(
  ([name, members]) => `  - name: ${name}\n    rules:\n${members.map(writeRule).join('')}`,
);

const writeSeries = (series: Series): string =>
  Object.entries(series)
    .map(([name, values]) => `      - series: ${quote(name)}\n        values: ${quote(values)}\n`)
    .join('');

/** By then every alert that will fire does: a minute a sample, thirty of them. */
const judgedAt = '25m';

function writeTests(alert: Alert): string {
  const { name, severity, summary, firing, healthy, labels = {} } = alert;
  const expected = Object.entries({ severity, ...labels })
    .map(([label, value]) => `              ${label}: ${quote(value)}\n`)
    .join('');
  const test = (title: string, series: Series, alerts: string): string =>
    `  - name: ${quote(`${name} ${title}`)}
    interval: 1m
    input_series:
${writeSeries(series)}    alert_rule_test:
      - alertname: ${name}
        eval_time: ${judgedAt}
        exp_alerts:${alerts}
`;
  const fires = `
          - exp_labels:
${expected}            exp_annotations:
              summary: ${quote(summary)}
              runbook_url: ${runbookOf(alert)}`;
  return test('fires', firing, fires) + test('is quiet', healthy, ' []');
}

const prometheus = join(deploy, 'prometheus');
mkdirSync(prometheus, { recursive: true });
writeFileSync(join(prometheus, 'alerts.yml'), `${note}groups:\n${rules.join('')}`);
writeFileSync(
  join(prometheus, 'alerts.test.yml'),
  `${note}rule_files: [alerts.yml]\nevaluation_interval: 30s\ntests:\n${alerts.map(writeTests).join('')}`,
);

const folder = join(deploy, 'grafana', 'dashboards');
mkdirSync(folder, { recursive: true });
for (const dashboard of dashboards) {
  const text = JSON.stringify(viewDashboard(dashboard), undefined, 2);
  writeFileSync(join(folder, `${dashboard.uid}.json`), `${text}\n`);
}

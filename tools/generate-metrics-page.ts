import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listMetrics, type CataloguedMetric } from './metrics-catalogue.ts';

const intro = `# Metrics

<!-- Made by tools/generate-metrics-page.ts from where the metrics are; change them there and run npm run generate. -->

Every process serves its metrics at \`/metrics\`, in the format of Prometheus, each part those of what it does; with
\`METRICS_TOKEN\` only to whoever shows it. Counters begin at 0 with their process. What is "of the database" is the same
wherever it is asked for: take the maximum over processes, not the sum. What to make of them at night:
[runbook](runbook.md#alerts); the dashboards that are made of them: [telemetry](telemetry.md).
`;

function describe({ name, type, labels, help }: CataloguedMetric): string {
  const shown = labels.map((label) => `\`${label}\``).join(', ');
  return `| \`${name}\` | ${type} | ${shown} | ${help.replace(/\.$/, '')} |`;
}

const chapters = (await listMetrics()).map(({ title, metrics }) => {
  const table = ['| metric | type | labels | what |', '|---|---|---|---|', ...metrics.map(describe)];
  return `\n## ${title}\n\n${table.join('\n')}\n`;
});
const page = join(import.meta.dirname, '..', 'docs', 'operations', 'metrics.md');
writeFileSync(page, intro + chapters.join(''));

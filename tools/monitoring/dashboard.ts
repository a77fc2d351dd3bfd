/** A panel of a dashboard, of queries of Prometheus or of Loki. */
export interface Panel {
  readonly title: string;
  /** What to make of it, in a sentence. */
  readonly description?: string;
  /** A unit of Grafana: `s`, `ops`, `bytes`, `percentunit`, `short`. */
  readonly unit: string;
  readonly kind?: 'timeseries' | 'stat' | 'logs';
  /** Queries with what their lines are called, such as `{{consumer}}`. */
  readonly queries: readonly (readonly [expr: string, legend: string])[];
  /** From which figure on it is shown in red. */
  readonly alarm?: number;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

const source = (kind: Panel['kind']) =>
  kind === 'logs' ? { type: 'loki', uid: 'loki' } : { type: 'prometheus', uid: 'prometheus' };

const columns = 24;
const sizes = {
  stat: { w: 6, h: 4 },
  timeseries: { w: 12, h: 8 },
  logs: { w: 24, h: 16 },
} as const;

function viewPanel(panel: Panel, id: number, place: { x: number; y: number }) {
  const { title, description = '', unit, kind = 'timeseries', queries, alarm } = panel;
  const steps = [
    { color: 'green', value: null },
    ...(alarm === undefined ? [] : [{ color: 'red', value: alarm }]),
  ];
  const styles = alarm === undefined ? {} : { custom: { thresholdsStyle: { mode: 'line' } } };
  return {
    id,
    title,
    description,
    type: kind,
    datasource: source(kind),
    gridPos: { ...place, ...sizes[kind] },
    fieldConfig: {
      defaults: { unit, min: 0, thresholds: { mode: 'absolute', steps }, ...styles },
      overrides: [],
    },
    options:
      kind === 'timeseries'
        ? { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } }
        : {},
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: source(kind),
      expr,
      legendFormat,
    })),
  };
}

/** A dashboard as Grafana's provisioning reads it: panels from left to right, line after line. */
export function viewDashboard({ uid, title, panels }: Dashboard) {
  let [x, y, lineHeight] = [0, 0, 0];
  const placed = panels.map((panel, index) => {
    const { w, h } = sizes[panel.kind ?? 'timeseries'];
    if (x + w > columns || (lineHeight > 0 && h !== lineHeight)) [x, y] = [0, y + lineHeight];
    const shown = viewPanel(panel, index + 1, { x, y });
    [x, lineHeight] = [x + w, h];
    return shown;
  });
  return {
    uid,
    title,
    tags: ['credit-ledger'],
    timezone: 'utc',
    schemaVersion: 39,
    version: 1,
    editable: true,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    links: [{ type: 'dashboards', title: 'Dashboards', tags: ['credit-ledger'], asDropdown: true }],
    templating: { list: [] },
    annotations: { list: [] },
    panels: placed,
  };
}

/** Percentiles of a histogram. */
export function percentiles(
  metric: string,
  by = '',
  labels = '',
): readonly (readonly [string, string])[] {
  const group = by === '' ? 'le' : `le, ${by}`;
  const name = by === '' ? '' : ` {{${by}}}`;
  return ['0.5', '0.99'].map((share) => [
    `histogram_quantile(${share}, sum by (${group}) (rate(${metric}_bucket${labels}[$__rate_interval])))`,
    `p${Number(share) * 100}${name}`,
  ]);
}

/** How often something happens in a second. */
export function rate(metric: string, by = '', labels = ''): readonly [string, string] {
  const group = by === '' ? '' : ` by (${by})`;
  const sum = `sum${group} (rate(${metric}${labels}[$__rate_interval]))`;
  return [`${sum} or on () vector(0)`, by === '' ? '' : `{{${by}}}`];
}

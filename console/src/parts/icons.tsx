/** Drawn on a grid of 16, with lines that take the colour of the text. */
const paths = {
  overview: 'M2.5 9.5h4v4h-4zM9.5 6.5h4v7h-4zM2.5 2.5h4v4h-4zM9.5 2.5h4v1h-4z',
  accounts: 'M2.5 6.5 8 3l5.5 3.5M4 7v5M8 7v5M12 7v5M2.5 13h11',
  transfers: 'M2.5 5.5h10M9.5 2.5l3 3-3 3M13.5 10.5h-10M6.5 7.5l-3 3 3 3',
  journal: 'M3.5 2.5h9v11h-9zM6 5.5h4M6 8h4M6 10.5h2.5',
  balance: 'M8 2.5v11M4.5 13.5h7M3 4.5h10M3 4.5l-1.5 5h3zM13 4.5l-1.5 5h3z',
  periods: 'M3 4h10v9.5H3zM3 7h10M5.5 2.5V5M10.5 2.5V5',
  receipt: 'M4 2.5h8v11l-2-1.2-2 1.2-2-1.2-2 1.2zM6.2 6l1.3 1.3L10 5',
  ledgers: 'M4.5 2.5h9v9h-9a2 2 0 0 0-2 2V4.5a2 2 0 0 1 2-2zM13.5 11.5v2h-9a2 2 0 0 1-2-2M6 5.5h4.5',
  currencies:
    'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM10 6a2 1.4 0 0 0-4 .3c0 2.2 4 1.2 4 3.4a2 1.4 0 0 1-4 .3M8 3.8v8.4',
  events: 'M8.8 2 4 9h3.5L7 14l5-7H8.5z',
  operations: 'M2.5 8h2.2l1.6-4 3 8 1.7-4h2.5',
  projections: 'M8 2.5 14 5.5 8 8.5 2 5.5zM2.5 8.5 8 11.2l5.5-2.7M2.5 11.2 8 14l5.5-2.8',
  relay: 'M2 8h6M6 5.5 8.5 8 6 10.5M10.5 4.5h3v7h-3',
  letters: 'M2.5 4h11v8.5h-11zM2.5 4.5 8 9l5.5-4.5',
  reconcile: 'M3 8a5 5 0 0 1 9-3M12.5 2.5V5.5H9.5M13 8a5 5 0 0 1-9 3M3.5 13.5v-3h3',
  jobs: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.2l2.2 1.3',
  keys: 'M10.5 2.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8.4 7.6 2.5 13.5M4.5 11.5l1.5 1.5',
  webhooks: 'M6.5 9.5 9.5 6.5M7 4.5l1-1a3 3 0 0 1 4.3 4.3l-1 1M9 11.5l-1 1a3 3 0 0 1-4.3-4.3l1-1',
  approvals: 'M8 2.2 13 4v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM5.8 8l1.6 1.6 2.9-3',
  audit: 'M3 2.5h7l3 3v8H3zM5.5 8h5M5.5 10.5h5M9.5 2.5V6H13',
  search: 'M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l3.5 3.5',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  copy: 'M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3',
  check: 'M3 8.5l3.2 3.2L13 5',
  close: 'M4 4l8 8M12 4l-8 8',
  leave: 'M6.5 3h-4v10h4M6 8h7.5M10.5 5l3 3-3 3',
  plus: 'M8 3v10M3 8h10',
  download: 'M8 2.5v7.5M5 7.5l3 3 3-3M3 13.5h10',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M4.5 3v10l8-5z',
  arrow: 'M3 8h10M9.5 4.5 13 8l-3.5 3.5',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinejoin="round"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}

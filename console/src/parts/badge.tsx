type Tone = 'good' | 'bad' | 'warn' | 'info' | 'plain';

const tones: Readonly<Record<string, Tone>> = {
  ACTIVE: 'good',
  SUSPENDED: 'warn',
  CLOSED: 'plain',
  COMPLETED: 'good',
  FAILED: 'bad',
  HELD: 'info',
  INITIATED: 'info',
  SCHEDULED: 'info',
  running: 'good',
  paused: 'warn',
  stopped: 'bad',
  sending: 'good',
  waiting: 'info',
  failing: 'warn',
  halted: 'bad',
  done: 'good',
  failed: 'bad',
  differs: 'bad',
  parked: 'bad',
  pending: 'warn',
  delivered: 'good',
  dead: 'bad',
  refused: 'bad',
  approved: 'info',
  ok: 'good',
  unavailable: 'bad',
  degraded: 'warn',
};

/** A state, in a word and a colour. */
export function Badge({ state, tone, text }: { state: string; tone?: Tone; text?: string }) {
  const shown = text ?? state.toLowerCase().replaceAll('_', ' ');
  return <span className={`badge ${tone ?? tones[state] ?? 'plain'}`}>{shown}</span>;
}

const width = 40;

/** A bar on a terminal's standard error; elsewhere it stays silent, so that logs hold only results. */
export function createProgressBar(label: string, total: number): { advance(by: number): void } {
  let done = 0;
  return {
    advance(by) {
      done += by;
      if (!process.stderr.isTTY) return;
      const share = total === 0 ? 1 : Math.min(done / total, 1);
      const filled = Math.round(share * width);
      const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
      process.stderr.write(`\r${label} ${bar} ${done}/${total}${share === 1 ? '\n' : ''}`);
    },
  };
}

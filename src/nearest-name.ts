/** Asks whether the known name that a mistyped one is nearest to was meant; nothing where none is near. */
export function didYouMean(given: string, known: readonly string[]): string {
  const ranked = known.map((name) => ({ name, distance: editDistance(given, name) }));
  ranked.sort((a, b) => a.distance - b.distance);
  const [nearest] = ranked;
  const isNear = nearest !== undefined && nearest.distance <= given.length / 2;
  return isNear ? `; did you mean ${nearest.name}?` : '';
}

/** Levenshtein distance, one row of the matrix at a time; flags are short. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, left] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, right] of Array.from(b).entries()) {
      const replaced = (row[j] ?? 0) + (left === right ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

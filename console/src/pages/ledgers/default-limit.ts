/** A limit of accounts in any currency, so in minor units. @returns the limit, null for none, or what is wrong */
export function readLimit(text: string): { limit: bigint | null; error?: string } {
  const plain = text.trim();
  if (plain === '') return { limit: null };
  return /^\d{1,18}$/.test(plain)
    ? { limit: BigInt(plain) }
    : { limit: null, error: 'Use digits only.' };
}

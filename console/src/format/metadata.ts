import type { Metadata } from '@credit-ledger/sdk';

/** Reads a JSON object. @returns null for nothing, a sentence for what is no object */
export function readMetadata(text: string): Metadata | null | string {
  if (text.trim() === '') return null;
  try {
    const value: unknown = JSON.parse(text);
    return isMetadata(value) ? value : 'It has to be a JSON object.';
  } catch (error) {
    return error instanceof Error ? `This is not JSON: ${error.message}.` : 'This is not JSON.';
  }
}

function isMetadata(value: unknown): value is Metadata {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

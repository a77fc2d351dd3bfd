/** Whether a text can be the code of a currency: of ISO 4217, or one that was registered. */
export function isCurrencyCode(text: string): boolean {
  return /^[A-Z][A-Z0-9]{2,11}$/.test(text);
}

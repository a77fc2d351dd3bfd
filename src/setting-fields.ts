import { isIP } from 'node:net';
import { z } from 'zod';

/** What the documentation says of a setting beyond its schema. */
interface Setting {
  /** The environment variable; the flag is the same name in kebab case (`DATA_DIR`, `--data-dir`). */
  env: string;
  description: string;
  unit?: string;
  secret?: boolean;
  /** The default in words, where it depends on the machine. */
  defaultText?: string;
}

/** What is said of each field of the table. */
export const settings = z.registry<Setting>();

export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

export const boolean = () =>
  z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

/** Between the runs of a job; 0 is never by itself. */
export const every = (defaultMs: number) => integer(0, 31 * 86_400_000).default(defaultMs);

export const text = () => z.string().min(1);

/** Parts separated by commas. */
export const list = () =>
  text().transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );

export const url = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `must be a URL such as ${example}` });

/** An address, or a range such as 10.0.0.0/8. */
export function isAddressRange(range: string): boolean {
  const [address = '', bits] = range.split('/');
  const version = isIP(address);
  if (version === 0 || bits === undefined) return version !== 0;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

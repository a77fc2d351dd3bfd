import { z } from 'zod';

/** What the demo reads of a refusal (RFC 9457). */
export const problemOut = z.object({ code: z.string(), detail: z.string() });

import { workerData } from 'node:worker_threads';
import { z } from 'zod';
import { runVerification, type VerificationWork } from './run-verification.ts';

const workShape = z.custom<VerificationWork>((value) => typeof value === 'object' && value !== null);

// A thread of its own, so that checking every entry holds up nobody who waits for an answer.
await runVerification(workShape.parse(workerData));

// Loaded before the program: keeps what Node made of the TypeScript files (types stripped, code compiled), so that
// later starts are faster and need no compiler in memory (30 MiB less when measured). Where the directory can't be
// written, everything works as before.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/credit-ledger', import.meta.url)));

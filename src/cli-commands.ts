import { accountCommands } from './cli/accounts.ts';
import { approvalCommands } from './cli/approvals.ts';
import { backupCommands } from './cli/backup.ts';
import { bench } from './cli/bench.ts';
import { bookCommands } from './cli/books.ts';
import type { Command, Options } from './cli/command.ts';
import { completionOf } from './cli/completion.ts';
import { doctor } from './cli/doctor.ts';
import { journalCommands } from './cli/entries.ts';
import { exportCommand } from './cli/export.ts';
import { importCommand } from './cli/import.ts';
import { importCsv } from './cli/import-csv.ts';
import { keyCommands } from './cli/keys.ts';
import { migrate } from './cli/migrate.ts';
import { operatingCommands } from './cli/operating.ts';
import { profileCommands } from './cli/profiles.ts';
import { heads, seal } from './cli/seals.ts';
import { demo, start } from './cli/start.ts';
import { smoke } from './cli/smoke.ts';
import { status } from './cli/status.ts';
import { transferCommands } from './cli/transfers.ts';
import { verify } from './cli/verify.ts';
import { verifyReceipt } from './cli/verify-receipt.ts';

/** Every command by its name, in the order in which they are listed. */
export function commandTable(everywhere: Options): Readonly<Record<string, Command>> {
  const commands: Record<string, Command> = {
    start,
    status,
    doctor,
    migrate,
    smoke,
    demo,
    bench,
    ...accountCommands,
    ...transferCommands,
    ...journalCommands,
    ...bookCommands,
    'import csv': importCsv,
    ...keyCommands,
    ...operatingCommands,
    ...approvalCommands,
    verify,
    'verify-receipt': verifyReceipt,
    seal,
    heads,
    export: exportCommand,
    import: importCommand,
    ...backupCommands,
    ...profileCommands,
    completion: completionOf(() => commands, everywhere),
  };
  return commands;
}

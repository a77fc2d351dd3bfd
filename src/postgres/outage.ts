const states = /^(08...|57P0[1-5]|53300|25006)$/;
const codes = /^(ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|EAI_AGAIN|ENOTFOUND)$/;
/** The client has no code for a connection that ended in a query, or that was not to be had in time. */
const texts =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered|Query read timeout|timeout expired|Client was closed)/;

/** Whether a database can't be reached, rather than refuses this query. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (texts.test(error.message)) return true;
  return (
    'code' in error &&
    typeof error.code === 'string' &&
    (states.test(error.code) || codes.test(error.code))
  );
}

/** A database that can't be reached, or is not asked because it could not be a moment ago. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway';
  /** As a driver names it: "unable to establish the connection". */
  readonly code = '08001';
  readonly database: string;

  constructor(database: string, options?: ErrorOptions) {
    super(`the database ${database} can not be reached`, options);
    this.database = database;
  }
}

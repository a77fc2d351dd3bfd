/** The database does not hold entries that were acknowledged, as something outside it proves. */
export class EntriesLost extends Error {
  override readonly name = 'EntriesLost';

  constructor(message: string) {
    super(`${message}. ACCEPT_LOST_ENTRIES=true runs on it all the same`);
  }
}

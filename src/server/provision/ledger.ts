/** What a provisioning changes, or in a dry run would change. */

export type Log = (line: string) => void

export interface Ledger {
  readonly dryRun: boolean
  /** Lines of the diff: `+` is new, `~` is changed, `?` is left for a person to decide. */
  readonly changes: string[]
  /** Writes the line down and, unless this is a dry run, does it. */
  change(line: string, act: () => Promise<unknown>): Promise<void>
  note(line: string): void
}

export function createLedger(dryRun: boolean, log: Log): Ledger {
  const changes: string[] = []
  return {
    dryRun,
    changes,
    async change(line, act) {
      changes.push(line)
      log(line)
      if (!dryRun) await act()
    },
    note: (line) => log(`? ${line}`),
  }
}

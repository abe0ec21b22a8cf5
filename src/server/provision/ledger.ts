/** What a provisioning changes, or in a dry run would change. */

export type Log = (line: string) => void

/** Between two lines about how far something has come, ms. */
const EVERY = 5_000

export interface Ledger {
  readonly dryRun: boolean
  /** Lines of the diff: `+` is new, `~` is changed, `?` is left for a person to decide. */
  readonly changes: string[]
  /** Writes the line down and, unless this is a dry run, does it. */
  change(line: string, act: () => Promise<unknown>): Promise<void>
  note(line: string): void
  /** Begins something that takes its time. What it returns is called for each of the `total` that is done. */
  begin(what: string, total: number): () => void
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
    begin(what, total) {
      let [done, told] = [0, performance.now()]
      return () => {
        done += 1
        if (performance.now() - told < EVERY) return
        told = performance.now()
        log(`  ${what}: ${done} of ${total}`)
      }
    },
  }
}

/** Every seed of a run, dealt out to files, which Vitest runs side by side. */
import { expect, it } from 'vitest'
import { report, runSeed } from './run.ts'

/**
 * Worlds of a run. More or fewer with NOTANKER_SEEDS=12000, another stretch with NOTANKER_FIRST_SEED=50000, a single one
 * again with NOTANKER_FIRST_SEED=3507 NOTANKER_SEEDS=1.
 */
const SEEDS = Number(process.env['NOTANKER_SEEDS'] ?? 100_000)
const FIRST = Number(process.env['NOTANKER_FIRST_SEED'] ?? 1)
/** For each world of a run, however long that is. */
const LONGEST = 60_000 + SEEDS * 30

/** Part `part` of `parts`, counted from 0. */
export function everyWorld(part: number, parts: number): void {
  it(
    `every world comes to rest without a fault (${SEEDS} from seed ${FIRST}, part ${part + 1} of ${parts})`,
    { timeout: LONGEST },
    async () => {
      for (let seed = FIRST + part; seed < FIRST + SEEDS; seed += parts) {
        const outcome = await runSeed(seed)
        if (outcome.faults.length > 0) expect.fail(report(outcome))
      }
    },
  )
}

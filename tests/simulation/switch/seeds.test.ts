import { expect, it } from 'vitest'
import { report, runSeed } from './run.ts'

/** Schedules of a run, the same way as in ../seeds.ts; a failing one says how it is made again. */
const SEEDS = Number(process.env['NOTANKER_SEEDS'] ?? 100_000)
const FIRST = Number(process.env['NOTANKER_FIRST_SEED'] ?? 1)
/** For each schedule of a run, however long that is. */
const LONGEST = 60_000 + SEEDS * 30

it(
  `every switch is right, whatever is cut and dies (${SEEDS} schedules from seed ${FIRST})`,
  { timeout: LONGEST },
  async () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const outcome = await runSeed(seed)
      if (outcome.faults.length > 0) expect.fail(report(outcome))
    }
  },
)

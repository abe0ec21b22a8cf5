import { describe, expect, it } from 'vitest'
import { shipped } from './core.ts'
import { mutations } from './mutations.ts'
import { runSeed } from './run.ts'

/** Most show within a hundred schedules; those that need several faults at one moment within some thousand. */
const SEEDS = 20_000
const LONGEST = 180_000

describe('the world catches a switch that is wrong', () => {
  it.each(mutations)('$rule $what', { timeout: LONGEST }, async ({ rule, core }) => {
    const said = new Set<string>()
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { faults } = await runSeed(seed, { ...shipped, ...core })
      if (faults.some((fault) => fault.startsWith(`${rule} `))) return
      faults.forEach((fault) => said.add(fault))
    }
    expect.fail(`not caught in ${SEEDS} schedules; they only said: ${[...said].slice(0, 5).join('; ') || 'nothing'}`)
  })
})
